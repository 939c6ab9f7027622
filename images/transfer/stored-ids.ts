import type { Digest } from '../../image-spec/index.ts'
import type { PlatformImage, PreparedPlatform } from '../documents/prepared-image.ts'

/** The images whose manifests refer to the stored configuration; that of eStargz layers differs. */
export function storedIds(images: readonly PlatformImage[], prepared: readonly PreparedPlatform[]): readonly Digest[] {
  return images.flatMap(({ id }, position) => (prepared[position]?.config.digest === id ? [id] : []))
}
