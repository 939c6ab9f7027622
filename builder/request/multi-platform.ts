import { parseGoBool } from '../../notation/index.ts'
import type { BuildRequest } from './builder.ts'
import { BuildError } from './errors.ts'
import { platformsText, requestedPlatforms } from './requested-platforms.ts'

const NAME = 'BUILDKIT_MULTI_PLATFORM'

/**
 * Whether the result is multi-platform, with an index and a directory per platform: if several platforms were
 * requested, or if the build argument BUILDKIT_MULTI_PLATFORM requests it for one. SPEC: BuildKit dockerui
 * `multi-platform`.
 */
export function isMultiPlatform({ platforms = [], buildArgs = {} }: BuildRequest): boolean {
  const isSeveral = requestedPlatforms({ platforms }).length > 1
  const value = Object.hasOwn(buildArgs, NAME) ? (buildArgs[NAME] ?? '') : ''
  if (value === '') return isSeveral
  const isRequested = parseGoBool(value)
  if (isRequested === undefined) {
    const message = `Cannot use "--build-arg ${NAME}=${value}": invalid value (expected true or false)`
    throw new BuildError('BUILD_REFUSED', message)
  }
  if (isRequested || !isSeveral) return isRequested
  const message = `Cannot build for "${platformsText({ platforms })}": ${NAME} allows a single platform only`
  throw new BuildError('BUILD_REFUSED', message)
}
