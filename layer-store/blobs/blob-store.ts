import { closeSync, constants, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { Descriptor } from '../../image-spec/index.ts'
import { type Digest, digestOf, isDigest } from '../../image-spec/index.ts'
import { type BlobStore, MAX_DOCUMENT_BYTES } from '../blob-store.ts'
import type { Lease } from '../collect/lease.ts'
import { StoreError } from '../errors.ts'
import { asStoreError, isMissing, withFileErrors } from '../files/file-errors.ts'
import { flushPaths } from '../files/publish.ts'
import { createSharedWork, type SharedWork } from '../files/share-inflight.ts'
import { blobPath } from '../files/store-paths.ts'
import { temporaryName } from '../files/temporary-owner.ts'
import { type BlobWork, claimPartial } from './partial.ts'
import { uncompress } from './uncompress.ts'
import { type Bytes, digestMismatch, verified } from './verified.ts'

const READ_CHUNK = 256 << 10
/** SECURITY: opening a pipe in place of a blob must not wait for its writer. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const FLUSHED_WITH_NAME_BYTES = 1 << 20

export interface BlobParts {
  readonly root: string
  readonly trees: BlobWork
  readonly lease: Lease
}

export function createBlobStore(parts: BlobParts): BlobStore {
  const { root, trees } = parts
  const putting = { ...parts, puts: createSharedWork<void>() }
  return {
    put: (descriptor, bytes) => putShared(putting, descriptor, bytes),
    putBytes: async (bytes) => {
      const descriptor = { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: bytes.length }
      await putShared(putting, descriptor, [bytes])
      return { digest: descriptor.digest, size: descriptor.size }
    },
    adopt: (path, digest) => adopt(parts, path, digest),
    temporaryPath: () => join(root, 'tmp', temporaryName()),
    claimPartial: (digest) => claimPartial(root, digest, trees),
    uncompress: (archive, signal) => uncompress(archive, trees, signal),
    open: (blob) => Readable.from(readVerified(parts, blob), { objectMode: false }),
    read: (digest, maxBytes = MAX_DOCUMENT_BYTES) => readWhole(parts, digest, maxBytes),
    has: async (digest) => (await sizeOf(parts, digest)) !== undefined,
    path: (digest) => blobPath(root, digest),
    size: (digest) => sizeOf(parts, digest),
    delete: (digest) => withFileErrors(`delete blob "${digest}"`, () => rm(blobPath(root, digest), { force: true })),
    list: () => list(root),
  }
}

/** A concurrent caller waits; if the first one fails, its own bytes may still be good. */
async function putShared(
  putting: BlobParts & { readonly puts: SharedWork<void> },
  descriptor: Descriptor,
  bytes: Bytes,
): Promise<void> {
  let isMine = false
  const putOwn = async () => {
    isMine = true
    await put(putting, descriptor, bytes)
  }
  try {
    await putting.puts.run(descriptor.digest, putOwn)
  } catch (error) {
    if (isMine) throw error
    await putShared(putting, descriptor, bytes)
  }
}

async function put(parts: BlobParts, descriptor: Descriptor, bytes: Bytes): Promise<void> {
  // A file of another size was truncated by a power failure, or the caller is wrong: its digest decides.
  if ((await sizeOf(parts, descriptor.digest)) === descriptor.size) return
  const { root } = parts
  const temporary = join(root, 'tmp', temporaryName())
  const path = blobPath(root, descriptor.digest)
  await withFileErrors(`store blob "${descriptor.digest}"`, async () => {
    try {
      await writeVerified(temporary, descriptor, bytes)
      renameSync(temporary, path) // equal by digest, so replacing is harmless
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    await flushPaths([path, dirname(path)])
  })
}

async function writeVerified(path: string, descriptor: Descriptor, bytes: Bytes): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of verified(bytes, descriptor)) await file.writeFile(chunk)
    // A small file is flushed together with its name, with a single journal write.
    if (descriptor.size > FLUSHED_WITH_NAME_BYTES) await file.sync()
  } finally {
    await file.close()
  }
}

async function adopt({ root, lease }: BlobParts, path: string, digest: Digest): Promise<void> {
  await withFileErrors(`store blob "${digest}"`, async () => {
    await lease.add([digest])
    // Not flushed: it can be created again, and truncation is detected by the digest.
    await rename(path, blobPath(root, digest))
  })
}

async function* readVerified({ root, lease }: BlobParts, blob: Descriptor): AsyncGenerator<Uint8Array> {
  try {
    await lease.add([blob.digest])
    const file = await open(blobPath(root, blob.digest), READ)
    yield* verified(file.createReadStream({ highWaterMark: READ_CHUNK }), blob)
  } catch (error) {
    await dropCorrupt(root, blob.digest, error)
    throw isMissing(error) ? blobMissing(blob.digest) : asStoreError(`read blob "${blob.digest}"`, error)
  }
}

async function readWhole(parts: BlobParts, digest: Digest, maxBytes: number): Promise<Buffer> {
  const { root } = parts
  const size = await sizeOf(parts, digest)
  if (size === undefined) throw blobMissing(digest)
  if (size > maxBytes) {
    throw new StoreError('STORE_SIZE_MISMATCH', `Cannot read blob "${digest}": ${size} bytes (at most ${maxBytes})`)
  }
  // Synchronous: a build reads some small blobs, and a round trip to the thread pool costs more than the read.
  return withFileErrors(`read blob "${digest}"`, async () => {
    const bytes = readSmall(blobPath(root, digest))
    const found = digestOf(bytes)
    if (found === digest) return bytes
    const mismatch = digestMismatch(digest, found)
    await dropCorrupt(root, digest, mismatch)
    throw mismatch
  })
}

function readSmall(path: string): Buffer {
  const file = openSync(path, READ)
  try {
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** Removes a blob corrupted on disk, so that the next pull or build repairs the store. */
async function dropCorrupt(root: string, digest: Digest, error: unknown): Promise<void> {
  const isCorrupt = error instanceof StoreError && error.code === 'STORE_DIGEST_MISMATCH'
  if (isCorrupt) await rm(blobPath(root, digest), { force: true })
}

async function sizeOf({ root, lease }: BlobParts, digest: Digest): Promise<number | undefined> {
  const find = async () => {
    await lease.add([digest])
    return statSync(blobPath(root, digest), { throwIfNoEntry: false })?.size
  }
  return withFileErrors(`look up blob "${digest}"`, find)
}

async function* list(root: string): AsyncGenerator<Digest> {
  for (const name of await readdir(join(root, 'blobs', 'sha256'))) {
    const digest = `sha256:${name}`
    if (isDigest(digest)) yield digest
  }
}

function blobMissing(digest: Digest): StoreError {
  return new StoreError('STORE_BLOB_MISSING', `Cannot open blob "${digest}": not in the store`, {
    hint: 'Pull or build the image again',
  })
}
