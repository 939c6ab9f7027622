import type { BuildRequest } from './builder.ts'
import { isOn } from './special-arguments.ts'

/**
 * Whether the image has a build cache in its configuration. SPEC: docker and buildx accept the build argument for it,
 * too.
 */
export function carriesCache({
  inlineCache,
  buildArgs = {},
}: Pick<BuildRequest, 'inlineCache' | 'buildArgs'>): boolean {
  return inlineCache === true || isOn(buildArgs['BUILDKIT_INLINE_CACHE'])
}
