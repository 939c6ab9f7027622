import { type Descriptor, type Digest, parseIndex } from '../../image-spec/index.ts'
import { cosignTagsOf } from '../documents/cosign-tags.ts'
import { ArchiveError } from '../errors.ts'
import { imagesAmong } from '../layouts/layout-entries.ts'
import { REF_NAME } from '../layouts/layout-names.ts'
import type { TaggedDocument } from './copy-source.ts'
import type { LayoutLocation } from './image-location.ts'

/** SECURITY: the same limit as for layouts used as contexts. */
const MAX_ENTRIES = 4096

/** The entries of an index.json. */
export function readEntries(index: Uint8Array, path: string): readonly Descriptor[] {
  const { manifests } = parseIndex(index)
  if (manifests.length <= MAX_ENTRIES) return manifests
  throw badLayout(path, `an index of ${manifests.length} entries (expected at most ${MAX_ENTRIES})`)
}

/** The entry of the tag or digest; without one, the only image, not counting referrers of other entries. */
export function chooseEntry(entries: readonly Descriptor[], { path, tag, digest }: LayoutLocation): Descriptor {
  if (digest !== undefined) {
    const found = entries.find((entry) => entry.digest === digest)
    if (found !== undefined) return found
    throw badLayout(path, `no entry ${digest}`)
  }
  const found = tag === undefined ? undefined : entries.find((entry) => tagOf(entry) === tag)
  if (found !== undefined) return found
  const images = imagesAmong(entries)
  const named = images.filter((entry) => tagOf(entry) !== undefined)
  const [only, ...others] = named.length > 0 ? named : images
  if (tag === undefined && only !== undefined && others.every((other) => other.digest === only.digest)) return only
  const tags = named.slice(0, 10).map((entry) => JSON.stringify(tagOf(entry)))
  const reason =
    tag === undefined ? `${images.length} images (expected a tag or a digest of one)` : `no image with the tag "${tag}"`
  throw badLayout(path, reason, tags.length > 0 ? `Use one of its tags: ${tags.join(', ')}` : undefined)
}

function tagOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[REF_NAME]
}

export function cosignTagsAmong(entries: readonly Descriptor[], subject: Digest): readonly TaggedDocument[] {
  const tags = cosignTagsOf(subject)
  return entries.flatMap((entry) => {
    const tag = tagOf(entry)
    return tag !== undefined && tags.includes(tag) ? [{ tag, digest: entry.digest }] : []
  })
}

export function badLayout(path: string, found: string, hint?: string): ArchiveError {
  return new ArchiveError('ARCHIVE_BAD', `Cannot copy from "${path}": found ${found}`, {
    hint: hint ?? 'Specify an OCI image layout: a directory, or an archive of one, with index.json and blobs',
  })
}
