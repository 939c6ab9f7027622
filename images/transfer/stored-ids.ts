import type { Digest } from '../../image-spec/index.ts'
import type { PlatformImage, PreparedPlatform } from '../documents/prepared-image.ts'

/** The images whose manifests have the configuration of the store; that of eStargz layers is another. */
export function storedIds(images: readonly PlatformImage[], prepared: readonly PreparedPlatform[]): readonly Digest[] {
  return images.flatMap(({ id }, position) => (prepared[position]?.config.digest === id ? [id] : []))
}
