import { mkdir } from 'node:fs/promises'
import { asWriteError } from '../../images/index.ts'
import type { Chain, LayerStore } from '../../layer-store/index.ts'
import type { TreeWork } from '../../sandbox-native/driver/index.ts'

export interface LocalRequest {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'flatten'>
  readonly chain: Chain
  readonly maxMtimeSeconds?: number
  /** Directory; made where missing. Files of the same names are replaced, others stay. */
  readonly destination: string
}

/** Writes the merged filesystem of the chain as files. */
export async function exportLocal(request: LocalRequest, signal?: AbortSignal): Promise<void> {
  const { store, trees, destination } = request
  const layers = await store.layers.forms(request.chain, signal)
  const limit = request.maxMtimeSeconds === undefined ? {} : { maxMtimeSeconds: request.maxMtimeSeconds }
  try {
    await mkdir(destination, { recursive: true })
    await trees.flatten({ layers, output: { kind: 'directory', path: destination }, ...limit }, signal)
  } catch (error) {
    throw asWriteError(destination, error)
  }
}
