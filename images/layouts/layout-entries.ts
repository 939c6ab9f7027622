import type { Descriptor } from '../../image-spec/index.ts'
import { isCosignTag } from '../documents/cosign-tags.ts'
import { REF_NAME } from './layout-names.ts'

/** Without signatures and other referrers, which are entries like images; all if there is nothing else. */
export function imagesAmong(entries: readonly Descriptor[]): readonly Descriptor[] {
  const images = entries.filter((entry) => !isAttached(entry))
  return images.length > 0 ? images : entries
}

/** As copies with referrers are written: with a type and no name, or with one of cosign's tags. */
function isAttached(entry: Descriptor): boolean {
  const tag = entry.annotations?.[REF_NAME]
  return tag === undefined ? entry.artifactType !== undefined : isCosignTag(tag)
}
