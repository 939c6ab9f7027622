import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import type { Descriptor } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { blobsOf, prepareImage } from '../documents/prepare-image.ts'
import type { NamedImage, PreparedImage } from '../documents/prepared-image.ts'
import { type Destination, toDestination } from '../files/destination.ts'
import { blobName, dockerManifestOf, indexOf, OCI_LAYOUT } from '../layouts/layout-documents.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import { bothEnded } from './both-ended.ts'

export interface ArchiveRequest {
  readonly store: LayerStore
  readonly images: readonly NamedImage[]
  /** `docker` adds the manifest.json that `docker load` wants, and uses Docker's media types. */
  readonly format: 'oci' | 'docker'
  /** Default gzip. */
  readonly compression?: 'none' | 'gzip' | 'zstd'
  readonly level?: number
  readonly onProgress?: TransferProgress | undefined
  readonly destination: Destination
}

/** Writes images as one tar: an OCI image layout. Gives the manifests in the order of the images. */
export async function exportArchive(request: ArchiveRequest, signal?: AbortSignal): Promise<readonly Descriptor[]> {
  const { store, format, level } = request
  const compression = {
    algorithm: request.compression ?? 'gzip',
    mediaTypes: format,
    ...(level !== undefined && { level }),
    onProgress: request.onProgress,
  } as const
  const images: PreparedImage[] = []
  for (const image of request.images) images.push(await prepareImage(store, image, compression, signal))
  await toDestination(request.destination, (output) => writeArchive({ store, images, format }, output, signal))
  return images.map(({ manifest }) => manifest)
}

interface Contents {
  readonly store: LayerStore
  readonly images: readonly PreparedImage[]
  readonly format: 'oci' | 'docker'
}

async function writeArchive(contents: Contents, output: Writable, signal: AbortSignal | undefined): Promise<void> {
  const archive = pack()
  // Through a stream of node's own: `end: false` says nothing to those of streamx.
  const written = pipeline(Readable.from(archive, { objectMode: false }), output, {
    end: false,
    ...(signal !== undefined && { signal }),
  })
  const filled = fill(archive, contents).catch((error: Error) => {
    archive.destroy(error)
    throw error
  })
  // A blob that cannot be read, or an output that cannot be written.
  await bothEnded(filled, written)
}

async function fill(archive: Pack, { store, images, format }: Contents): Promise<void> {
  for (const name of ['blobs', 'blobs/sha256']) archive.entry({ ...entryOf(name), type: 'directory', mode: 0o755 })
  for (const blob of blobsOf(images)) await addBlob(archive, store, blob)
  addDocument(archive, 'index.json', JSON.stringify(indexOf(images)))
  if (format === 'docker') addDocument(archive, 'manifest.json', JSON.stringify(dockerManifestOf(images)))
  addDocument(archive, 'oci-layout', OCI_LAYOUT)
  archive.finalize()
}

async function addBlob(archive: Pack, store: LayerStore, blob: Descriptor): Promise<void> {
  const entry = archive.entry({ ...entryOf(blobName(blob.digest)), size: blob.size })
  await pipeline(store.blobs.open(blob), entry)
}

function addDocument(archive: Pack, name: string, text: string): void {
  archive.entry(entryOf(name), text)
}

/** The same images give the same bytes: no times and no owners. */
function entryOf(name: string) {
  return { name, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) }
}
