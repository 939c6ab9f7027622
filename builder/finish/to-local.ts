import { lstat, mkdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { asWriteError } from '../../images/index.ts'
import { type Chain, type LayerStore, makeDirectories } from '../../layer-store/index.ts'
import type { FlattenResult, NoticedFiles, TreeWork } from '../../sandbox-native/driver/index.ts'

export interface LocalRequest {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'flatten'>
  readonly chain: Chain
  readonly mtimeSeconds?: number
  /** Directory, created if missing. Files with the same names are replaced, others stay. */
  readonly destination: string
  /** Subdirectory of the destination for one of several platforms. */
  readonly directory?: string
}

/** Writes the merged filesystem of the chain as files. Resolves to warnings about them. */
export async function exportLocal(request: LocalRequest, signal?: AbortSignal): Promise<readonly string[]> {
  const { store, trees, destination, directory = '' } = request
  const path = join(destination, directory)
  const layers = await store.layers.forms(request.chain, signal)
  const limit = request.mtimeSeconds === undefined ? {} : { mtimeSeconds: request.mtimeSeconds }
  try {
    // SPEC: docker creates it for the caller alone, whatever programs it will contain.
    makeDirectories(destination, 0o700)
    if (directory !== '') await makeRealDirectory(path)
    const output = { kind: 'directory', path } as const
    return warningsOf(await trees.flatten({ layers, output, ...limit }, signal))
  } catch (error) {
    throw asWriteError(path, error)
  }
}

/** SECURITY: an earlier export may have left a link to another place there; it is replaced. */
async function makeRealDirectory(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined))?.isSymbolicLink()) await unlink(path)
  await mkdir(path, { recursive: true, mode: 0o700 })
}

function warningsOf({ devicesLeftOut, setIdPrograms }: FlattenResult): readonly string[] {
  const warnings: string[] = []
  if (devicesLeftOut.count > 0) {
    warnings.push(`Device nodes are not exported to a directory (type=tar has them): ${namesOf(devicesLeftOut)}`)
  }
  if (setIdPrograms.count > 0) {
    const which = namesOf(setIdPrograms)
    warnings.push(`Exported programs run with the rights of their owner for every user who can reach them: ${which}`)
  }
  return warnings
}

function namesOf({ count, first }: NoticedFiles): string {
  const more = count > first.length ? ` and ${count - first.length} more` : ''
  return `${first.join(', ')}${more}`
}
