import { createReadStream } from 'node:fs'
import { type Digest, fullName, type ImageReference, parseReference, withDefaultTag } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { type ArchiveEntries, readArchive } from '../archives/archive-entries.ts'
import { type ArchiveImage, type ArchivePlatform, dockerImages } from '../archives/archive-images.ts'
import { takePlatform } from '../archives/load-archive.ts'
import { readDocument } from '../documents/read-document.ts'
import { unlistedImage } from '../documents/unlisted-image.ts'
import { blobName } from '../layouts/layout-documents.ts'
import type { ImageSource } from '../transfer/transfer.ts'
import type { CopySource } from './copy-source.ts'
import type { LayoutLocation } from './image-location.ts'
import { referrersAmong } from './layout-copy-source.ts'
import { badLayout, chooseEntry, cosignTagsAmong, readEntries } from './layout-entry.ts'
import { type StoreCopy, unlistedCopySource } from './store-copy-source.ts'

/** An image of a layout in an archive, whose files are kept in the store until the source is closed. */
export async function archiveCopySource(
  store: LayerStore,
  location: LayoutLocation,
  signal?: AbortSignal,
): Promise<CopySource> {
  const files = await readArchive(store, createReadStream(location.path), signal)
  try {
    const index = await files.readDocument('index.json')
    if (index === undefined)
      throw badLayout(location.path, 'no index.json', 'Use docker-archive: for an archive of docker save')
    const entries = readEntries(index, location.path)
    const documents = archiveDocuments(files, location.path)
    const reference = { host: 'oci-archive', repository: location.path, digest: chooseEntry(entries, location).digest }
    const referrers = referrersAmong(entries, { documents, reference }, signal)
    const cosignTags = (subject: Digest) => Promise.resolve(cosignTagsAmong(entries, subject))
    return { documents, reference, referrers, cosignTags, close: () => files.close() }
  } catch (error) {
    await files.close()
    throw error
  }
}

/** Blob names were verified against their digests when the archive was read. */
function archiveDocuments(files: ArchiveEntries, path: string): ImageSource {
  const find = (digest: Digest) => {
    const file = files.find(blobName(digest))
    if (file !== undefined) return file
    throw badLayout(path, `no blob ${digest}`, 'Copy or fetch the archive again: it is incomplete')
  }
  return {
    fetchManifest: async ({ digest }) => {
      if (digest === undefined) throw new Error('an archive is read by digest')
      find(digest)
      const bytes = await files.readDocument(blobName(digest))
      if (bytes === undefined) throw new Error('unreachable: the file was found')
      return readDocument(bytes)
    },
    fetchBlob: async function* (_, { digest }, { offset = 0 } = {}) {
      yield* createReadStream(find(digest).path, { start: offset })
    },
  }
}

/** An image of a docker archive: its layers are added to the store, which compresses them. */
export async function dockerArchiveSource(
  copy: Omit<StoreCopy, 'onProgress'>,
  { path, reference }: { readonly path: string; readonly reference?: ImageReference },
): Promise<CopySource> {
  const { store, signal } = copy
  const files = await readArchive(store, createReadStream(path), signal)
  try {
    const manifest = await files.readDocument('manifest.json')
    if (manifest === undefined)
      throw badLayout(path, 'no manifest.json', 'Use oci-archive: for an archive of an OCI image layout')
    const chosen = chooseImage(dockerImages(files, manifest), path, reference)
    const image = await unlistedImage(store, await takePlatform(store, chosen, signal))
    return await unlistedCopySource(copy, image)
  } finally {
    await files.close()
  }
}

/** Selects by name, or else the only image. */
function chooseImage(
  images: readonly ArchiveImage[],
  path: string,
  reference: ImageReference | undefined,
): ArchivePlatform {
  const requested = reference && fullName(withDefaultTag(reference))
  const fitting = images.filter(
    ({ references }) => requested === undefined || references.some((one) => isName(one, requested)),
  )
  const [only, ...others] = fitting
  const [platform] = only?.platforms ?? []
  if (platform !== undefined && others.length === 0) return platform
  const names = images.flatMap(({ references }) => references.slice(0, 1)).slice(0, 10)
  const reason =
    requested === undefined
      ? `${images.length} images (expected the name of one)`
      : `no image with the name "${requested}"`
  throw badLayout(path, reason, names.length > 0 ? `Use one of its names: ${names.join(', ')}` : undefined)
}

function isName(text: string, requested: string): boolean {
  try {
    return fullName(withDefaultTag(parseReference(text))) === requested
  } catch {
    return false // an invalid name cannot be the requested one
  }
}
