import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Destination, isSpecial, replacingFile, toDestination } from '../../images/index.ts'
import type { Chain, LayerStore } from '../../layer-store/index.ts'
import type { TreeWork } from '../../sandbox-native/driver/index.ts'

export interface TarRequest {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'flatten'>
  readonly parts: readonly TarPart[]
  /** Modification time of every file, in seconds since the epoch; default: unchanged. */
  readonly mtimeSeconds?: number
  readonly destination: Destination
}

export interface TarPart {
  readonly chain: Chain
  /** Directory in the tar that contains its files. */
  readonly directory?: string
}

/** SPEC: pax: an archive ends with two zero blocks. */
const END_BYTES = 1024

/** Writes the merged filesystem of each chain as one tar, without whiteouts. */
export async function exportTar(request: TarRequest, signal?: AbortSignal): Promise<void> {
  const { parts, destination } = request
  const [only] = parts
  if (only && parts.length === 1 && typeof destination === 'string' && !(await isSpecial(destination))) {
    await replacingFile(destination, (path) => flattenTo(request, only, path, signal))
    return
  }
  await toDestination(
    destination,
    async (output) => {
      for (const part of parts) await append(request, part, { output, isLast: part === parts.at(-1) }, signal)
    },
    signal,
  )
}

async function append(
  request: TarRequest,
  part: TarPart,
  { output, isLast }: { readonly output: Writable; readonly isLast: boolean },
  signal: AbortSignal | undefined,
): Promise<void> {
  const temporary = request.store.blobs.temporaryPath()
  try {
    await flattenTo(request, part, temporary, signal)
    const { size } = await stat(temporary)
    const range = isLast ? {} : { end: size - END_BYTES - 1 }
    const more = { end: false, ...(signal !== undefined && { signal }) }
    await pipeline(createReadStream(temporary, range), output, more)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Writes one part as its own tar file. */
export async function flattenTo(
  { store, trees, mtimeSeconds }: Pick<TarRequest, 'store' | 'trees' | 'mtimeSeconds'>,
  { chain, directory }: TarPart,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const layers = await store.layers.forms(chain, signal)
  const output = { kind: 'tar', path, ...(directory !== undefined && { directory }) } as const
  await trees.flatten({ layers, output, ...(mtimeSeconds !== undefined && { mtimeSeconds }) }, signal)
}
