import { familiarName, familiarRepository, type ImageReference } from '../../image-spec/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'

interface Transfer {
  readonly action: 'pull' | 'push'
  readonly image: Pick<Image, 'config'>
  readonly reference: ImageReference
}

/** Uses the image's name as ID, as docker does: the remote side knows no other. */
export function emitTransferEvent(store: LayerStore, { action, image, reference }: Transfer): void {
  const attributes = { ...image.config.config?.Labels, name: familiarRepository(reference) }
  store.events.append({ type: 'image', action, id: familiarName(reference), attributes })
}
