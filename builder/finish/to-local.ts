import { chmod, lstat, mkdir, rm, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asExportError } from '../../images/index.ts'
import { type Chain, createDirectories, type LayerStore } from '../../layer-store/index.ts'
import type { FlattenResult, NoticedFiles, TreeWork } from '../../sandbox-native/driver/index.ts'
import type { AddedFile } from './attestation-files.ts'

export interface LocalRequest {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'flatten'>
  readonly chain: Chain
  readonly mtimeSeconds?: number
  /** Default: the whole filesystem. */
  readonly subpath?: string
  /** Directory, created if missing. Files with the same names are replaced, others stay. */
  readonly destination: string
  /** Subdirectory of the destination for one of several platforms. */
  readonly directory?: string
  readonly added?: readonly AddedFile[]
}

/** Writes the merged filesystem of the chain as files. Resolves to warnings about them. */
export async function exportLocal(request: LocalRequest, signal?: AbortSignal): Promise<readonly string[]> {
  const { store, trees, destination, directory = '' } = request
  const path = join(destination, directory)
  const layers = await store.layers.forms(request.chain, signal)
  const limit = { ...(request.mtimeSeconds !== undefined && { mtimeSeconds: request.mtimeSeconds }) }
  try {
    // SPEC: docker creates it for the caller alone, whatever programs it will contain.
    createDirectories(destination, 0o700)
    if (directory !== '') await makeRealDirectory(path)
    const output = { kind: 'directory', path } as const
    const part = { ...(request.subpath !== undefined && { subpath: request.subpath }) }
    const warnings = warningsOf(await trees.flatten({ layers, output, ...part, ...limit }, signal))
    for (const file of request.added ?? []) await addFile(path, file, request.mtimeSeconds)
    if (directory !== '' && request.mtimeSeconds !== undefined)
      await utimes(path, request.mtimeSeconds, request.mtimeSeconds)
    return warnings
  } catch (error) {
    throw asExportError(path, error)
  }
}

/** SECURITY: a file of the image with this name may be a link to another place; it is replaced. */
async function addFile(directory: string, { name, text }: AddedFile, mtimeSeconds: number | undefined): Promise<void> {
  const path = join(directory, name)
  await rm(path, { recursive: true, force: true })
  await writeFile(path, text, { flag: 'wx', mode: 0o600 })
  if (mtimeSeconds !== undefined) await utimes(path, mtimeSeconds, mtimeSeconds)
}

/** SECURITY: an earlier export may have left a link to another place there; it is replaced. */
async function makeRealDirectory(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined))?.isSymbolicLink()) await unlink(path)
  await mkdir(path, { recursive: true })
  await chmod(path, 0o755)
}

function warningsOf({ devicesLeftOut, setIdPrograms }: FlattenResult): readonly string[] {
  const warnings: string[] = []
  if (devicesLeftOut.count > 0) {
    warnings.push(
      `Device nodes are not exported to a directory (use type=tar to export them): ${namesOf(devicesLeftOut)}`,
    )
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
