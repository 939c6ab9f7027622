import { realpath } from 'node:fs/promises'
import type { Descriptor, Digest, ImageReference } from '../../image-spec/index.ts'
import { ArchiveError } from '../errors.ts'
import { describeFileError } from '../files/describe-file-error.ts'
import { layoutSource } from '../layouts/layout-source.ts'
import { LAYOUT_SCHEME, readLayoutFile } from '../layouts/oci-layout.ts'
import type { ImageSource } from '../transfer/transfer.ts'
import type { LayoutPlace } from './copy-place.ts'
import { type CopySource, nothingToClose } from './copy-source.ts'
import { chooseEntry, cosignTagsAmong, readEntries } from './layout-entry.ts'

const MAX_INDEX_BYTES = 4 << 20

/** An image of a layout in a directory. */
export async function layoutCopySource(place: LayoutPlace): Promise<CopySource> {
  const root = await realpath(place.path).catch((cause: unknown) => {
    throw new ArchiveError('BUILD_CONTEXT_MISSING', `Cannot copy from "${place.path}": ${describeFileError(cause)}`)
  })
  const entries = readEntries(await readLayoutFile(root, 'index.json', MAX_INDEX_BYTES), place.path)
  const { digest } = chooseEntry(entries, place)
  const reference = { host: LAYOUT_SCHEME.slice(0, -1), repository: root, digest }
  return {
    documents: layoutSource,
    reference,
    referrers: (subject) => referrersAmong(entries, { documents: layoutSource, reference }, subject),
    cosignTags: (subject) => Promise.resolve(cosignTagsAmong(entries, subject)),
    close: nothingToClose,
  }
}

/** SPEC: image-spec manifest.md: in a layout, referrers are entries of the index like others. */
export async function referrersAmong(
  entries: readonly Descriptor[],
  { documents, reference }: { readonly documents: ImageSource; readonly reference: ImageReference },
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = []
  for (const entry of entries) {
    const document = await documents.fetchManifest({ ...reference, digest: entry.digest })
    const { subject: its } = document.kind === 'index' ? document.index : document.manifest
    if (its?.digest === subject) found.push(entry)
  }
  return found
}
