import { realpath } from 'node:fs/promises'
import type { Descriptor, Digest, ImageReference } from '../../image-spec/index.ts'
import { describeFileError } from '../../layer-store/index.ts'
import { ArchiveError } from '../errors.ts'
import { layoutSource } from '../layouts/layout-source.ts'
import { LAYOUT_SCHEME, readLayoutFile } from '../layouts/oci-layout.ts'
import type { ImageSource } from '../transfer/transfer.ts'
import { type CopySource, nothingToClose } from './copy-source.ts'
import type { LayoutLocation } from './image-location.ts'
import { chooseEntry, cosignTagsAmong, readEntries } from './layout-entry.ts'

const MAX_INDEX_BYTES = 4 << 20

/** An image of a layout in a directory. */
export async function layoutCopySource(location: LayoutLocation, signal?: AbortSignal): Promise<CopySource> {
  const root = await realpath(location.path).catch((cause: unknown) => {
    throw new ArchiveError('BUILD_CONTEXT_MISSING', `Cannot copy from "${location.path}": ${describeFileError(cause)}`)
  })
  const entries = readEntries(await readLayoutFile(root, 'index.json', MAX_INDEX_BYTES), location.path)
  const { digest } = chooseEntry(entries, location)
  const reference = { host: LAYOUT_SCHEME.slice(0, -1), repository: root, digest }
  return {
    documents: layoutSource,
    reference,
    referrers: referrersAmong(entries, { documents: layoutSource, reference }, signal),
    cosignTags: (subject) => Promise.resolve(cosignTagsAmong(entries, subject)),
    close: nothingToClose,
  }
}

interface Documents {
  readonly documents: ImageSource
  readonly reference: ImageReference
}

/**
 * SPEC: image-spec manifest.md: in a layout, referrers are ordinary entries of the index. Each entry is read once, on
 * the first request.
 */
export function referrersAmong(
  entries: readonly Descriptor[],
  documents: Documents,
  signal?: AbortSignal,
): CopySource['referrers'] {
  let reading: Promise<ReadonlyMap<Digest, readonly Descriptor[]>> | undefined
  return async (subject) => {
    reading ??= readSubjects(entries, documents, signal)
    return (await reading).get(subject) ?? []
  }
}

async function readSubjects(
  entries: readonly Descriptor[],
  { documents, reference }: Documents,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
  const bySubject = new Map<Digest, Descriptor[]>()
  for (const entry of entries) {
    signal?.throwIfAborted()
    const document = await documents.fetchManifest({ ...reference, digest: entry.digest }, { signal })
    const { subject } = document.kind === 'index' ? document.index : document.manifest
    if (subject === undefined) continue
    const known = bySubject.get(subject.digest)
    if (known === undefined) bySubject.set(subject.digest, [entry])
    else known.push(entry)
  }
  return bySubject
}
