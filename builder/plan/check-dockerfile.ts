import { formatPlatform, parsePlatform } from '../../image-spec/index.ts'
import { splitEntry } from '../../notation/index.ts'
import { type BaseImageFacts, type Diagnostic, lintDockerfile } from '../../parser/index.ts'
import { baseKey } from './graph/base-key.ts'
import type { Bases, PlanRequest, ResolvedBase } from './graph/build-plan.ts'
import { platformArguments } from './scope.ts'
import { findNamedContext } from './stages/named-context.ts'

const NAME = 'BUILDKIT_DOCKERFILE_CHECK'

export interface CheckInputs {
  readonly planning: PlanRequest
  readonly bases: Bases
  readonly ignorePatterns: readonly string[]
  /** Check all stages, even those the target does not need. */
  readonly checksAllStages: boolean
}

/** Findings of the build checks, based on what planning learned. They are errors with `# check=error=true`. */
export function checkDockerfile({
  planning,
  bases,
  ignorePatterns,
  checksAllStages,
}: CheckInputs): readonly Diagnostic[] {
  const { dockerfile, buildArgs } = planning
  const { findings } = lintDockerfile(dockerfile, {
    buildArgs,
    platformArgs: Object.fromEntries(platformArguments(planning)),
    ignorePatterns,
    baseImage: (reference, platform) => factsOf({ reference, platform }, planning, bases),
    ...(!checksAllStages && { target: planning.target ?? '' }),
    ...checkOverride(buildArgs),
  })
  return findings
}

/** Build argument that overrides `# check=`. */
export function checkOverride(buildArgs: Readonly<Record<string, string>>): { readonly check?: string } {
  const check = Object.hasOwn(buildArgs, NAME) ? buildArgs[NAME] : undefined
  return { ...(check !== undefined && { check }) }
}

function factsOf(
  { reference, platform: written }: { readonly reference: string; readonly platform: string | undefined },
  planning: PlanRequest,
  bases: Bases,
): BaseImageFacts | undefined {
  const { targetPlatform } = planning
  const platform = (written === undefined ? undefined : parsePlatform(written, targetPlatform)) ?? targetPlatform
  const replaced = findNamedContext(planning, reference, platform)
  if (replaced !== undefined && replaced.kind !== 'image') return undefined
  const base = bases.get(baseKey({ reference: replaced?.reference ?? reference, platform }))
  return base && { ...configFacts(base), wantedPlatform: formatPlatform(platform) }
}

function configFacts({ config: { os, architecture, config } }: ResolvedBase): Omit<BaseImageFacts, 'wantedPlatform'> {
  return {
    env: Object.fromEntries((config?.Env ?? []).map(splitEntry)),
    hasShell: (config?.Shell?.length ?? 0) > 0,
    triggers: config?.OnBuild ?? [],
    platform: `${os}/${architecture}`,
  }
}
