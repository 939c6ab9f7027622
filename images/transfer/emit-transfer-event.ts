import { familiarName, familiarRepository, type ImageReference } from '../../image-spec/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'

/** With the image's name for an id, as docker does: the other side knows it by no other. */
export function emitTransferEvent(
  store: LayerStore,
  action: 'pull' | 'push',
  image: Pick<Image, 'config'>,
  reference: ImageReference,
): void {
  const attributes = { ...image.config.config?.Labels, name: familiarRepository(reference) }
  store.events.append({ type: 'image', action, id: familiarName(reference), attributes })
}
