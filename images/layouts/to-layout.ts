import { createWriteStream } from 'node:fs'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Descriptor, type Index, parseIndex } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { blobsOf, prepareImage } from '../documents/prepare-image.ts'
import type { NamedImage } from '../documents/prepared-image.ts'
import { ArchiveError } from '../errors.ts'
import { asWriteError, replacingFile } from '../files/destination.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import { blobName, dockerManifestOf, indexEntries, OCI_LAYOUT } from './layout-documents.ts'
import { IMAGE_NAME, REF_NAME } from './layout-names.ts'

export interface LayoutRequest {
  readonly store: LayerStore
  readonly image: NamedImage
  /** Default oci; `docker` uses Docker's media types and adds the manifest.json of `docker load`. */
  readonly format?: 'oci' | 'docker'
  /** Default gzip. */
  readonly compression?: 'none' | 'gzip' | 'zstd'
  readonly level?: number
  readonly onProgress?: TransferProgress | undefined
  /** Directory; made where missing. An image layout that is there gains the image (a manifest.json names only the last). */
  readonly destination: string
}

/** Writes an OCI image layout. The index comes last: what it names is there. Gives the manifest. */
export async function exportLayout(request: LayoutRequest, signal?: AbortSignal): Promise<Descriptor> {
  const { store, destination, level, format = 'oci' } = request
  const compression = {
    algorithm: request.compression ?? 'gzip',
    mediaTypes: format,
    ...(level !== undefined && { level }),
    onProgress: request.onProgress,
  } as const
  const image = await prepareImage(store, request.image, compression, signal)
  try {
    const older = await readIndex(destination)
    await mkdir(join(destination, 'blobs', 'sha256'), { recursive: true })
    for (const blob of blobsOf([image])) await copyBlob(store, blob, destination, signal)
    await writeDocument(join(destination, 'oci-layout'), OCI_LAYOUT)
    if (format === 'docker') {
      await writeDocument(join(destination, 'manifest.json'), JSON.stringify(dockerManifestOf([image])))
    }
    const index = withEntries(older, indexEntries(image))
    await writeDocument(join(destination, 'index.json'), JSON.stringify(index))
  } catch (error) {
    throw asWriteError(destination, error)
  }
  return image.manifest
}

/** The index of the layout that is there already. A directory with anything else in the place of one is refused. */
async function readIndex(destination: string): Promise<Index | undefined> {
  const path = join(destination, 'index.json')
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    return parseIndex(bytes)
  } catch (cause) {
    const message = `Cannot write image layout "${destination}": its index.json is not that of an image layout`
    throw new ArchiveError('ARCHIVE_WRITE_FAILED', `${message} (an empty directory, or a layout)`, { cause })
  }
}

/** An entry replaces those of the same name; without a name, those of the same manifest. */
function withEntries(older: Index | undefined, entries: readonly Descriptor[]): unknown {
  const names = new Set(entries.map(nameOf))
  const others = (older?.manifests ?? []).filter((entry) => !names.has(nameOf(entry)))
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [...others, ...entries],
    ...(older?.annotations !== undefined && { annotations: older.annotations }),
  }
}

function nameOf(entry: Descriptor): string {
  return entry.annotations?.[IMAGE_NAME] ?? entry.annotations?.[REF_NAME] ?? entry.digest
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

async function writeDocument(path: string, text: string): Promise<void> {
  await replacingFile(path, (temporary) => writeFile(temporary, text, { flag: 'wx' }))
}
