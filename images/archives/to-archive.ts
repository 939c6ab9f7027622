import type { Writable } from 'node:stream'
import type { Descriptor } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { type ExportForm, exportCompression } from '../documents/export-form.ts'
import { blobsOf, prepareImage } from '../documents/prepare-image.ts'
import type { NamedImage, PreparedImage } from '../documents/prepared-image.ts'
import { type Destination, toDestination } from '../files/destination.ts'
import { blobName, dockerManifestOf, indexOf, OCI_LAYOUT } from '../layouts/layout-documents.ts'
import { type TarWriter, writeTar } from './write-tar.ts'

export interface ArchiveRequest extends ExportForm {
  readonly store: LayerStore
  readonly images: readonly NamedImage[]
  readonly destination: Destination
}

/** Writes images as one tar: an OCI image layout. Returns the manifests in the order of the images. */
export async function exportArchive(request: ArchiveRequest, signal?: AbortSignal): Promise<readonly Descriptor[]> {
  const { store, format = 'oci' } = request
  const compression = exportCompression(request)
  const images: PreparedImage[] = []
  for (const named of request.images) images.push(await prepareImage(store, { named, ...compression }, signal))
  await toDestination(request.destination, (output) => writeArchive({ store, images, format }, output, signal), signal)
  return images.map(({ manifest }) => manifest)
}

interface Contents {
  readonly store: LayerStore
  readonly images: readonly PreparedImage[]
  readonly format: 'oci' | 'docker'
}

async function writeArchive(
  { store, images, format }: Contents,
  output: Writable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const fill = async (archive: TarWriter): Promise<void> => {
    for (const name of ['blobs', 'blobs/sha256']) archive.addDirectory(name)
    for (const blob of blobsOf(images)) {
      const file = { name: blobName(blob.digest), sizeBytes: blob.size, open: () => store.blobs.open(blob) }
      await archive.addFile(file)
    }
    archive.addDocument('index.json', JSON.stringify(indexOf(images)))
    if (format === 'docker') archive.addDocument('manifest.json', JSON.stringify(dockerManifestOf(images)))
    archive.addDocument('oci-layout', OCI_LAYOUT)
  }
  await writeTar(output, fill, signal)
}
