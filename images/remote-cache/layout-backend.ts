import { createWriteStream } from 'node:fs'
import { access, readFile, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  type Descriptor,
  type Digest,
  digestOf,
  hexOf,
  MediaType,
  parseIndex,
  parseManifest,
} from '../../image-spec/index.ts'
import { replacingFile } from '../files/destination.ts'
import { createBlobDirectory } from '../layouts/blob-directory.ts'
import { hasBlob } from '../layouts/has-blob.ts'
import { blobName, OCI_LAYOUT } from '../layouts/layout-documents.ts'
import { changeLayoutIndex } from '../layouts/layout-index.ts'
import { REF_NAME } from '../layouts/layout-names.ts'
import { openLayoutFile, readLayoutFile } from '../layouts/oci-layout.ts'
import { localAddress } from './cache-address.ts'
import type { CacheBackend, LocalCacheLocation, PublishedCache } from './cache-location.ts'
import { cacheManifest } from './cache-manifest.ts'
import { type CacheDocument, readCacheDocument } from './read-cache-document.ts'
import { badCache } from './read-capped.ts'
import { resetLayout } from './reset-layout.ts'

const MAX_DOCUMENT_BYTES = 4 << 20

/** A cache in an image layout, such as a directory kept by a CI system. */
export function layoutBackend(location: LocalCacheLocation): CacheBackend {
  const { directory } = location
  const backend: CacheBackend = {
    name: directory,
    address: localAddress(directory),
    readConfig: async (type, signal) => {
      const manifest = await findManifest(location)
      if (manifest === undefined) return undefined
      return readCacheDocument(await readManifest(directory, manifest), type, {
        name: directory,
        readManifest: (digest) => readManifest(directory, digest),
        fetchBlob: (blob) => backend.fetchBlob(blob, { offset: 0, signal }),
      })
    },
    fetchBlob: async function* (blob, { offset, signal }) {
      const file = await openLayoutFile(await realpath(directory), blobName(blob.digest))
      try {
        for await (const chunk of file.createReadStream({ start: offset, autoClose: false })) {
          signal?.throwIfAborted()
          yield chunk as Uint8Array // no encoding was set
        }
      } finally {
        await file.close()
      }
    },
    hasBlob: (blob) => hasBlob(directory, blob),
    putBlob: async (blob, source, signal) => {
      if (await backend.hasBlob(blob, signal)) return
      await writeBlob(directory, { digest: blob.digest, bytes: source.open(0) }, signal)
    },
    publish: async (cache, signal) => {
      await publish(location, cache, signal)
      if (location.reset) await resetLayout(directory, (digest) => readManifest(directory, digest))
    },
  }
  return backend
}

async function readWithin(directory: string, name: string, maxBytes: number): Promise<Buffer> {
  return readLayoutFile(await realpath(directory), name, maxBytes)
}

async function readManifest(directory: string, digest: Digest): Promise<CacheDocument> {
  const bytes = await readWithin(directory, blobName(digest), MAX_DOCUMENT_BYTES)
  if (digestOf(bytes) !== digest) throw badCache(directory, 'its manifest does not match the digest in its name')
  if (bytes.includes('"manifests"')) return { kind: 'index', index: parseIndex(bytes) }
  return { kind: 'manifest', manifest: parseManifest(bytes) }
}

/** SPEC: BuildKit: the digest, else the entry with the tag, `latest` by default. */
async function findManifest({ directory, tag = 'latest', digest }: LocalCacheLocation): Promise<Digest | undefined> {
  if (digest !== undefined) return digest
  const entries = await readEntries(directory)
  return entries.find(({ annotations }) => annotations?.[REF_NAME] === tag)?.digest
}

async function readEntries(directory: string): Promise<readonly Descriptor[]> {
  try {
    await access(join(directory, 'index.json'))
  } catch {
    return [] // no cache has been written yet
  }
  return parseIndex(await readWithin(directory, 'index.json', MAX_DOCUMENT_BYTES)).manifests
}

async function publish(
  { directory, tag = 'latest' }: LocalCacheLocation,
  cache: PublishedCache,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { config, manifest } = cacheManifest(cache)
  await writeBlob(directory, { digest: config.digest, bytes: [cache.config] }, signal)
  const digest = digestOf(manifest)
  await writeBlob(directory, { digest, bytes: [manifest] }, signal)
  const entry = { mediaType: MediaType.ociManifest, digest, size: manifest.length, annotations: { [REF_NAME]: tag } }
  await writeText(join(directory, 'oci-layout'), OCI_LAYOUT)
  changeLayoutIndex(directory, (older) => [
    ...older.filter(({ annotations }) => annotations?.[REF_NAME] !== tag),
    entry,
  ])
}

interface WrittenBlob {
  readonly digest: Digest
  readonly bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

async function writeBlob(
  directory: string,
  { digest, bytes }: WrittenBlob,
  signal: AbortSignal | undefined,
): Promise<void> {
  await createBlobDirectory(directory)
  await replacingFile(join(directory, 'blobs', 'sha256', hexOf(digest)), async (temporary) => {
    await pipeline(Readable.from(bytes), createWriteStream(temporary, { flags: 'wx' }), { ...(signal && { signal }) })
  })
}

async function writeText(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return // otherwise it is missing or different
  await replacingFile(path, (temporary) => writeFile(temporary, text, { flag: 'wx' }))
}
