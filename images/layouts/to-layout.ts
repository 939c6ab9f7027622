import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Descriptor } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { type ExportForm, exportCompression } from '../documents/export-form.ts'
import { blobsOf, prepareImage } from '../documents/prepare-image.ts'
import type { NamedImage } from '../documents/prepared-image.ts'
import { asWriteError, replacingFile } from '../files/destination.ts'
import { createBlobDirectory } from './blob-directory.ts'
import { hasBlob } from './has-blob.ts'
import { blobName, dockerManifestOf, indexEntries, OCI_LAYOUT } from './layout-documents.ts'
import { addToLayoutIndex, readLayoutIndex, writeLayoutDocument } from './layout-index.ts'

export interface LayoutRequest extends ExportForm {
  readonly store: LayerStore
  readonly image: NamedImage
  /** Directory, created if missing. The image is added to an existing layout (a manifest.json names only the last one). */
  readonly destination: string
}

/** Writes an OCI image layout, its index last. Returns the manifest. */
export async function exportLayout(request: LayoutRequest, signal?: AbortSignal): Promise<Descriptor> {
  const { store, destination, format } = request
  const image = await prepareImage(store, { named: request.image, ...exportCompression(request) }, signal)
  try {
    readLayoutIndex(destination) // refuses other directories before anything is written
    await createBlobDirectory(destination)
    for (const blob of blobsOf([image])) await copyBlob(request, blob, signal)
    await writeLayoutDocument(join(destination, 'oci-layout'), OCI_LAYOUT)
    if (format === 'docker') {
      await writeLayoutDocument(join(destination, 'manifest.json'), JSON.stringify(dockerManifestOf([image])))
    }
    addToLayoutIndex(destination, indexEntries(image))
  } catch (error) {
    throw asWriteError(destination, error)
  }
  return image.manifest
}

async function copyBlob(
  { store, destination }: LayoutRequest,
  blob: Descriptor,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (await hasBlob(destination, blob)) return
  await replacingFile(join(destination, blobName(blob.digest)), async (temporary) => {
    const options = { flags: 'wx', ...(signal !== undefined && { signal }) }
    await pipeline(store.blobs.open(blob), createWriteStream(temporary, options))
  })
}
