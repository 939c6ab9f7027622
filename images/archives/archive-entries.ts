import { readFile, rm } from 'node:fs/promises'
import { posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type Extract, extract } from 'tar-stream'
import { hasCode } from '../../errors/index.ts'
import type { Digest } from '../../image-spec/index.ts'
import { type LayerStore, StoreError } from '../../layer-store/index.ts'
import { ArchiveError } from '../errors.ts'
import { type ArchiveFile, HEAD_BYTES, keepFile } from './keep-file.ts'
import { settleBoth } from './settle-both.ts'

export interface ArchiveEntries {
  /** By normalized path. */
  find(name: string): ArchiveFile | undefined
  /** Reads a small JSON document as a whole. */
  readDocument(name: string): Promise<Buffer | undefined>
  /** Removes every temporary file that no caller adopted. */
  close(): Promise<void>
}

type Entry = Extract extends AsyncIterable<infer E> ? E : never

const MAX_ENTRIES = 65_536
const MAX_PADDING_BYTES = 64 << 20
const MAX_DOCUMENT_BYTES = 4 << 20

/**
 * Reads an image archive, compressed or not. SECURITY: nothing is ever written under a name from the archive: names
 * are only keys of a table, in which links are looked up.
 */
export async function readArchive(
  store: LayerStore,
  input: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<ArchiveEntries> {
  const files = new Map<string, ArchiveFile>()
  const links = new Map<string, string>()
  const entries = createEntries(files, links)
  try {
    const untar = extract()
    const progress: Progress = { entries: 0, isWithinEntry: false }
    await settleBoth(
      collectEntries(store, untar, { files, links, progress }),
      unpackInto({ untar, store, progress }, input, signal),
    )
    return entries
  } catch (error) {
    await entries.close()
    signal?.throwIfAborted()
    throw asArchiveError(error)
  }
}

function createEntries(files: ReadonlyMap<string, ArchiveFile>, links: ReadonlyMap<string, string>): ArchiveEntries {
  const find = (name: string): ArchiveFile | undefined => {
    const key = cleanName(name)
    const target = links.get(key)
    return files.get(target ?? key)
  }
  return {
    find,
    readDocument: async (name) => {
      const file = files.get(name) // SECURITY: a document must be a file, not a link
      if (file === undefined) return undefined
      if (file.size > MAX_DOCUMENT_BYTES) {
        const message = `Cannot read archive: "${name}" has ${file.size} bytes (at most ${MAX_DOCUMENT_BYTES})`
        throw new ArchiveError('ARCHIVE_TOO_LARGE', message)
      }
      return readFile(file.path)
    },
    close: async () => {
      for (const { path } of files.values()) await rm(path, { force: true })
    },
  }
}

/** Counts entries as they are read. */
interface Progress {
  entries: number
  isWithinEntry: boolean
}

interface Collected {
  readonly files: Map<string, ArchiveFile>
  readonly links: Map<string, string>
  readonly progress: Progress
}

async function collectEntries(
  store: LayerStore,
  untar: AsyncIterable<Entry>,
  { files, links, progress }: Collected,
): Promise<void> {
  for await (const entry of untar) {
    progress.entries += 1
    progress.isWithinEntry = true
    if (progress.entries > MAX_ENTRIES) {
      throw new ArchiveError('ARCHIVE_TOO_LARGE', `Cannot read archive: too many entries (at most ${MAX_ENTRIES})`)
    }
    const name = cleanName(entry.header.name)
    const type = entry.header.type ?? 'file'
    if (type === 'directory') await drain(entry)
    else if (files.has(name) || links.has(name)) throw bad(`two entries with the name "${name}"`, 'one')
    else if (type === 'file' || type === 'contiguous-file') files.set(name, await keep(store, entry, name))
    else if (type === 'symlink') {
      links.set(name, linkTarget(name, entry.header.linkname ?? ''))
      await drain(entry)
    } else throw bad(`"${name}" is a ${type}`, 'files, directories and symbolic links between layers')
    progress.isWithinEntry = false
  }
}

/** SECURITY: the padding after the last entry may be endless (/dev/zero). */
async function* boundedPadding(chunks: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  let [entries, bytes] = [0, 0]
  for await (const chunk of chunks) {
    bytes = progress.isWithinEntry || progress.entries !== entries ? 0 : bytes + chunk.length
    entries = progress.entries
    if (bytes > MAX_PADDING_BYTES) throw bad(`${MAX_PADDING_BYTES >> 20} MiB without an entry`, 'an archive of images')
    yield chunk
  }
}

async function keep(store: LayerStore, entry: Entry, name: string): Promise<ArchiveFile> {
  const file = await keepFile(store, entry)
  try {
    requireNameOfContent(name, file.digest)
    return file
  } catch (error) {
    await rm(file.path, { force: true })
    throw error
  }
}

/** SECURITY: a file named after a digest must have that digest. */
function requireNameOfContent(name: string, digest: Digest): void {
  const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name)?.[1]
  if (hex === undefined || digest === `sha256:${hex}`) return
  const message = `Cannot read archive: blob "sha256:${hex}" has the digest ${digest} (expected sha256:${hex})`
  throw new ArchiveError('ARCHIVE_DIGEST_MISMATCH', message, {
    hint: 'Create or fetch the archive again: it is damaged',
  })
}

/** SECURITY: names must stay within the archive. */
function cleanName(name: string): string {
  const clean = posix.normalize(name).replace(/\/$/, '')
  if (clean.startsWith('/') || clean === '..' || clean.startsWith('../') || clean.includes('\0')) {
    throw bad(`"${name}" points outside of the archive`, 'relative paths within it')
  }
  return clean
}

/** Older versions of docker save write a layer of two images once, and link to it. */
function linkTarget(name: string, target: string): string {
  if (name.startsWith('blobs/')) throw bad(`blob "${name}" is a link`, 'a file')
  if (posix.isAbsolute(target)) throw bad(`link "${name}" points to "${target}"`, 'a relative path within the archive')
  return cleanName(posix.join(posix.dirname(name), target))
}

async function drain(entry: Entry): Promise<void> {
  for await (const _ of entry) {
    // directories and links have no content to keep
  }
}

/** zstd, a skippable frame of parallel zstd, xz, bzip2. */
const OTHER_COMPRESSIONS = /^(?:28b52ffd|5.2a4d18|fd377a585a00|425a68)/

/** The whole archive may be compressed. */
async function unpackInto(
  { untar, store, progress }: { readonly untar: Extract; readonly store: LayerStore; readonly progress: Progress },
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { ...(signal !== undefined && { signal }) }
  try {
    const bounded = (chunks: AsyncIterable<Uint8Array>) => boundedPadding(chunks, progress)
    const { head, all } = await peek(bounded(input))
    const hex = head.toString('hex')
    if (head.length === 0) throw bad('nothing', 'an archive of docker save, or of an OCI image layout')
    if (hex.startsWith('1f8b')) await pipeline(all, createGunzip(), bounded, untar, options)
    else if (OTHER_COMPRESSIONS.test(hex)) await pipeline(store.blobs.uncompress(all, signal), bounded, untar, options)
    else await pipeline(all, untar, options)
  } catch (error) {
    untar.destroy(error instanceof Error ? error : undefined)
    throw error
  }
}

async function peek(
  input: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Buffer; readonly all: AsyncIterable<Uint8Array> }> {
  const chunks = input[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let length = 0
  while (length < HEAD_BYTES) {
    const next = await chunks.next()
    if (next.done) break
    first.push(next.value)
    length += next.value.length
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* first
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  return { head: Buffer.concat(first), all: all() }
}

export function asArchiveError(error: unknown): unknown {
  const isDamaged = hasCode(error, 'TREE_ARCHIVE') // of the process that uncompresses
  if (!(error instanceof Error) || ('hint' in error && !isDamaged)) return error
  if (hasCode(error, 'ENOSPC')) {
    const message = 'Cannot read archive: no space left on device (expected space for all its files)'
    return new StoreError('STORE_FULL', message, { hint: 'Free space, for example with tsbuild prune', cause: error })
  }
  const found = error.message.replace(/^Cannot read the archive: /, '')
  return new ArchiveError('ARCHIVE_BAD', `Cannot read archive: ${found} (expected a complete tar archive)`, {
    hint: NEEDED_ARCHIVE,
    cause: error,
  })
}

const NEEDED_ARCHIVE =
  'Load an archive of tsbuild save, docker save or skopeo; for a root filesystem, use tsbuild import'

/** SECURITY: what was found may contain names as long as a document. */
const MAX_FOUND_LENGTH = 500

export function bad(found: string, needed: string): ArchiveError {
  const shown = found.length > MAX_FOUND_LENGTH ? `${found.slice(0, MAX_FOUND_LENGTH)}…` : found
  return new ArchiveError('ARCHIVE_BAD', `Cannot read archive: found ${shown} (expected ${needed})`, {
    hint: NEEDED_ARCHIVE,
  })
}
