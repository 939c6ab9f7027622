import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Chain, LayerStore } from '../../layer-store/index.ts'
import type { TreeWork } from '../../sandbox-native/driver/index.ts'
import { type Destination, isSpecial, replacingFile, toDestination } from './destination.ts'

export interface TarRequest {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'flatten'>
  readonly chain: Chain
  /** Later times are set back to this one, in seconds. */
  readonly maxMtimeSeconds?: number
  readonly destination: Destination
}

/** Writes the merged filesystem of the chain as one tar, without whiteouts. */
export async function exportTar(request: TarRequest, signal?: AbortSignal): Promise<void> {
  const { store, trees, destination } = request
  const layers = await store.layers.forms(request.chain, signal)
  const limit = request.maxMtimeSeconds === undefined ? {} : { maxMtimeSeconds: request.maxMtimeSeconds }
  const flattenTo = (path: string) => trees.flatten({ layers, output: { kind: 'tar', path }, ...limit }, signal)
  if (typeof destination === 'string' && !(await isSpecial(destination))) {
    await replacingFile(destination, flattenTo)
    return
  }
  const temporary = store.blobs.temporaryPath()
  try {
    await flattenTo(temporary)
    const more = { end: false, ...(signal === undefined ? {} : { signal }) }
    await toDestination(destination, (output) => pipeline(createReadStream(temporary), output, more))
  } finally {
    await rm(temporary, { force: true })
  }
}
