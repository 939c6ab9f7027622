import { parseGoBool } from '../../notation/index.ts'
import type { BuildRequest, BuildWarning } from './builder.ts'
import { requestedPlatforms } from './requested-platforms.ts'

/** Build arguments that BuildKit honors and this builder does not, and why. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  BUILDKIT_BUILD_NAME: 'builds are named by their Dockerfile and context',
  BUILDKIT_SBOM_SCAN_CONTEXT: 'an SBOM lists the packages of the result',
  BUILDKIT_SBOM_SCAN_STAGE: 'an SBOM lists the packages of the result',
}

/** Warned about, so that no user relies on them. */
export function argumentWarnings(request: BuildRequest): readonly BuildWarning[] {
  const { buildArgs = {}, outputs, platforms = [] } = request
  const stays = (outputs ?? []).every((output) => output.type === 'image' && output.push !== true)
  const isSinglePlatform = requestedPlatforms({ platforms }).length === 1
  const indexless = 'the store keeps no index of one image (type=oci, or --push)'
  const reasons = {
    ...WITHOUT_EFFECT,
    ...(stays && isSinglePlatform && { BUILDKIT_MULTI_PLATFORM: indexless }),
    ...(!writesImage(request) && { BUILDKIT_INLINE_CACHE: 'no image is written' }),
  }
  return Object.entries(reasons)
    .filter(([name]) => Object.hasOwn(buildArgs, name) && isOn(buildArgs[name]))
    .map(([name, why]) => ({
      code: 'BUILD_ARGUMENT_UNUSED',
      message: `Build argument "${name}" has no effect: ${why}`,
    }))
}

export function writesImage({ outputs }: Pick<BuildRequest, 'outputs'>): boolean {
  return outputs === undefined || outputs.some(({ type }) => type !== 'local' && type !== 'tar')
}

/** Parses a Go boolean. */
export function isOn(value: string | undefined): boolean {
  return parseGoBool(value ?? '') === true
}
