import type { Digest } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { matchesLabels } from '../../notation/index.ts'
import type { PruneFilters } from '../flags/prune-filters.ts'

/** The images that the label filters of a prune exclude. */
export async function keptImages(store: LayerStore, filters: PruneFilters): Promise<readonly Digest[]> {
  if (filters.labels.length + filters.withoutLabels.length === 0) return []
  const images = await store.images.list()
  return images.filter(({ config }) => !matchesLabels(config.config?.Labels ?? {}, filters)).map(({ id }) => id)
}
