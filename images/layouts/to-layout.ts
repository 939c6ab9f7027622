import { createWriteStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Descriptor, present } from '../../image-spec/index.ts'
import type { CompressionAlgorithm, LayerStore } from '../../layer-store/index.ts'
import { blobsOf, prepareImage } from '../documents/prepare-image.ts'
import type { NamedImage } from '../documents/prepared-image.ts'
import { asWriteError, replacingFile } from '../files/destination.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import { makeBlobDirectory } from './blob-directory.ts'
import { blobName, dockerManifestOf, indexEntries, OCI_LAYOUT } from './layout-documents.ts'
import { readLayoutIndex, writeLayoutDocument, writeLayoutIndex } from './layout-index.ts'

export interface LayoutRequest {
  readonly store: LayerStore
  readonly image: NamedImage
  /** Default oci; `docker` adds the manifest.json of `docker load`. */
  readonly format?: 'oci' | 'docker'
  /** Default those of the format. */
  readonly mediaTypes?: 'oci' | 'docker'
  /** Default gzip. */
  readonly compression?: CompressionAlgorithm
  readonly level?: number
  /** Layers that are known compressed in another way keep it. */
  readonly keepsKnown?: boolean
  readonly onProgress?: TransferProgress | undefined
  /** Directory; made where missing. An image layout that is there gains the image (a manifest.json names only the last). */
  readonly destination: string
}

/** Writes an OCI image layout. The index comes last: what it names is there. Gives the manifest. */
export async function exportLayout(request: LayoutRequest, signal?: AbortSignal): Promise<Descriptor> {
  const { store, destination, level, keepsKnown, format = 'oci', mediaTypes = format } = request
  const compression = {
    algorithm: request.compression ?? 'gzip',
    mediaTypes: request.compression === 'estargz' ? 'oci' : mediaTypes, // Docker's have none
    ...present('level', level),
    ...present('keepsKnown', keepsKnown),
    onProgress: request.onProgress,
  } as const
  const image = await prepareImage(store, request.image, compression, signal)
  try {
    const older = await readLayoutIndex(destination)
    await makeBlobDirectory(destination)
    for (const blob of blobsOf([image])) await copyBlob(store, blob, destination, signal)
    await writeLayoutDocument(join(destination, 'oci-layout'), OCI_LAYOUT)
    if (format === 'docker') {
      await writeLayoutDocument(join(destination, 'manifest.json'), JSON.stringify(dockerManifestOf([image])))
    }
    await writeLayoutIndex(destination, older, indexEntries(image))
  } catch (error) {
    throw asWriteError(destination, error)
  }
  return image.manifest
}

async function copyBlob(
  store: LayerStore,
  blob: Descriptor,
  destination: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = join(destination, blobName(blob.digest))
  try {
    await access(path)
    return // immutable by its name
  } catch {
    // to be written
  }
  await replacingFile(path, async (temporary) => {
    const options = { flags: 'wx', ...(signal !== undefined && { signal }) }
    await pipeline(store.blobs.open(blob), createWriteStream(temporary, options))
  })
}
