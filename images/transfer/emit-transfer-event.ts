import { familiarName, familiarRepository, type ImageReference } from '../../image-spec/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'

/** Uses the image's name as ID, as docker does: the remote side knows no other. */
export function emitTransferEvent(
  store: LayerStore,
  action: 'pull' | 'push',
  image: Pick<Image, 'config'>,
  reference: ImageReference,
): void {
  const attributes = { ...image.config.config?.Labels, name: familiarRepository(reference) }
  store.events.append({ type: 'image', action, id: familiarName(reference), attributes })
}
