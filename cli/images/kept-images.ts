import type { Digest } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { PruneFilters } from '../flags/prune-filters.ts'
import { hasLabel } from './select-images.ts'

/** The images that the label filters of a prune leave alone. */
export async function keptImages(
  store: LayerStore,
  { labels, withoutLabels }: PruneFilters,
): Promise<readonly Digest[]> {
  if (labels.length + withoutLabels.length === 0) return []
  const images = await store.images.list()
  return images
    .filter(
      (image) =>
        !labels.every((label) => hasLabel(image, label)) || withoutLabels.some((label) => hasLabel(image, label)),
    )
    .map(({ id }) => id)
}
