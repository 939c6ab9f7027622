import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import { asExportError, type Destination, isSpecial, replacingFile, toDestination } from '../../images/index.ts'
import type { Chain, LayerStore } from '../../layer-store/index.ts'
import type { TreeWork } from '../../sandbox-native/driver/index.ts'
import type { AddedFile } from './attestation-files.ts'

export interface TarRequest {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'flatten'>
  readonly parts: readonly TarPart[]
  /** Modification time of every file, in seconds since the epoch; default: unchanged. */
  readonly mtimeSeconds?: number
  /** Default: the whole filesystem. */
  readonly subpath?: string
  readonly destination: Destination
}

export interface TarPart {
  readonly chain: Chain
  /** Directory in the tar that contains its files. */
  readonly directory?: string
  /** They follow the files of the chain, and replace those of the same name. */
  readonly added?: readonly AddedFile[]
}

/** SPEC: pax: an archive ends with two zero blocks. */
const END_BYTES = 1024

/** Writes the merged filesystem of each chain as one tar, without whiteouts. */
export async function exportTar(request: TarRequest, signal?: AbortSignal): Promise<void> {
  const { parts, destination } = request
  const [only] = parts
  if (only && parts.length === 1 && !only.added && typeof destination === 'string' && !(await isSpecial(destination))) {
    await replacingFile(destination, async (path) => {
      await flattenTo(request, { ...only, path }, signal).catch((error: unknown) => {
        throw asExportError(destination, error)
      })
    })
    return
  }
  await toDestination(
    destination,
    async (output) => {
      for (const part of parts) await append({ ...request, output }, part, signal)
    },
    signal,
  )
}

async function append(
  { output, ...request }: TarRequest & { readonly output: Writable },
  part: TarPart,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isLast = part === request.parts.at(-1)
  const temporary = request.store.blobs.temporaryPath()
  try {
    await flattenTo(request, { ...part, path: temporary }, signal)
    const { size } = await stat(temporary)
    const length = isLast && !part.added ? size : size - END_BYTES
    const more = { end: false, ...(signal !== undefined && { signal }) }
    if (length > 0) await pipeline(createReadStream(temporary, { end: length - 1 }), output, more)
    if (!part.added) return
    const added = await tarOf(part.added, part, request.mtimeSeconds)
    await pipeline(Readable.from([isLast ? added : added.subarray(0, -END_BYTES)]), output, more)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** SPEC: BuildKit: for its owner alone. */
function tarOf(added: readonly AddedFile[], { directory }: TarPart, mtimeSeconds: number | undefined): Promise<Buffer> {
  const archive = pack()
  const mtime = mtimeSeconds === undefined ? new Date() : new Date(mtimeSeconds * 1000)
  for (const { name, text } of added) {
    archive.entry({ name: directory === undefined ? name : `${directory}/${name}`, mode: 0o600, mtime }, text)
  }
  archive.finalize()
  return buffer(archive)
}

/** Writes one part as its own tar file. */
export async function flattenTo(
  { store, trees, mtimeSeconds, subpath }: Pick<TarRequest, 'store' | 'trees' | 'mtimeSeconds' | 'subpath'>,
  { chain, directory, path }: TarPart & { readonly path: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  const layers = await store.layers.forms(chain, signal)
  const output = { kind: 'tar', path, ...(directory !== undefined && { directory }) } as const
  const limits = { ...(mtimeSeconds !== undefined && { mtimeSeconds }), ...(subpath !== undefined && { subpath }) }
  await trees.flatten({ layers, output, ...limits }, signal)
}
