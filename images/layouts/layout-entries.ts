import type { Descriptor } from '../../image-spec/index.ts'
import { isCosignTag } from '../documents/cosign-tags.ts'
import { REF_NAME } from './layout-names.ts'

/**
 * Entries without signatures and other referrers, which are listed like images; all entries if there is nothing else.
 */
export function imagesAmong(entries: readonly Descriptor[]): readonly Descriptor[] {
  const images = entries.filter((entry) => !isAttached(entry))
  return images.length > 0 ? images : entries
}

/** Written by a copy with referrers: an artifact type and no name, or one of cosign's tags. */
function isAttached(entry: Descriptor): boolean {
  const tag = entry.annotations?.[REF_NAME]
  return tag === undefined ? entry.artifactType !== undefined : isCosignTag(tag)
}
