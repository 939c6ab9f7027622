import { hasCode, messageOf } from '../../errors/index.ts'
import { hostPlatform } from '../../image-spec/index.ts'
import type { FoundBase } from '../../images/index.ts'
import type { Diagnostic } from '../../parser/index.ts'
import { type Dockerfile, parseDockerfile } from '../../parser/index.ts'
import type { DockerfileText } from '../context/read-dockerfile.ts'
import { checkDockerfile } from '../plan/check-dockerfile.ts'
import { baseKey } from '../plan/graph/base-key.ts'
import type { BaseNeed, PlanRequest, ResolvedBase } from '../plan/graph/build-plan.ts'
import { planBuild } from '../plan/plan-build.ts'
import type { BuildRequest } from '../request/builder.ts'
import { BuildError, type BuildErrorDetails } from '../request/errors.ts'
import { isPlatformGiven, requestedPlatforms } from '../request/requested-platforms.ts'
import type { PlanInputs, Planned } from '../run/prepared-build.ts'
import { checksBeforeMistake } from './checks-before-mistake.ts'
import { resolveBase } from './resolve-base.ts'

/** Parses, plans and resolves bases repeatedly until the plan is complete. */
export async function planRequest(inputs: PlanInputs, signal: AbortSignal): Promise<Planned> {
  const { source, request } = inputs
  const { dockerfile, diagnostics: parsed } = parse(source, request)
  const planning = planningRequest(dockerfile, inputs)
  const resolved = new Map<string, ResolvedBase>()
  const bases = new Map<string, FoundBase>()
  const { ignorePatterns, checksAllStages = false } = inputs
  const check = () => checkDockerfile({ planning, bases: resolved, ignorePatterns, checksAllStages })
  for (;;) {
    signal.throwIfAborted()
    const result = planBuild(planning, resolved)
    if (result.kind === 'refused') throw refusal([...parsed, ...result.diagnostics], source, check())
    if (result.kind === 'planned') {
      const diagnostics = [...parsed, ...result.diagnostics, ...check()]
      if (diagnostics.some(({ severity }) => severity === 'error')) throw refusal(diagnostics, source)
      return { plan: result.plan, diagnostics, bases }
    }
    await Promise.all(
      result.bases.map(async (need) => {
        try {
          const { key, base } = await resolveBase(need, inputs, signal)
          bases.set(key, base)
          resolved.set(baseKey(need), { config: base.config, key })
        } catch (cause) {
          if (signal.aborted) throw cause
          throw unresolved(need, cause, { source, warnings: check() })
        }
      }),
    )
  }
}

function parse(
  source: DockerfileText,
  request: BuildRequest,
): { dockerfile: Dockerfile; diagnostics: readonly Diagnostic[] } {
  const syntax = request.buildArgs?.['BUILDKIT_SYNTAX']
  const parsed = parseDockerfile(source.text, { ...(syntax && { syntax }) })
  const { dockerfile, diagnostics } = parsed
  if (dockerfile) return { dockerfile, diagnostics }
  throw refusal(diagnostics, source, checksBeforeMistake(parsed, request))
}

/** Builds the planner's input from the request. */
export function planningRequest(
  dockerfile: Dockerfile,
  { request, namedContexts, isOneOfSeveral = false, checksAllStages = false }: PlanInputs,
): PlanRequest {
  const buildPlatform = hostPlatform()
  const [targetPlatform = buildPlatform] = requestedPlatforms(request)
  return {
    dockerfile,
    ...(request.target !== undefined && { target: request.target }),
    buildArgs: request.buildArgs ?? {},
    labels: request.labels ?? {},
    buildPlatform,
    targetPlatform,
    isTargetPlatformGiven: isPlatformGiven(request),
    isOneOfSeveral,
    plansAllStages: checksAllStages,
    network: request.network ?? 'default',
    noCache: request.noCache ?? false,
    noCacheFilter: request.noCacheFilter ?? [],
    namedContexts,
    ...(request.sourceDateEpoch !== undefined && { sourceDateEpoch: request.sourceDateEpoch }),
  }
}

export function refusal(
  diagnostics: readonly Diagnostic[],
  source: DockerfileText,
  checked: readonly Diagnostic[] = [],
): BuildError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const [first] = errors
  const broken = new Set(errors.flatMap(({ rule, code }) => (rule === undefined ? [] : [code])))
  const violated = `Cannot build "${source.name}": build checks failed: ${[...broken].join(', ')} (expected no findings with error=true)`
  const message = first?.rule === undefined ? first?.message : violated
  return new BuildError('BUILD_REFUSED', message ?? `Cannot build "${source.name}"`, {
    diagnostics: errors,
    warnings: [...diagnostics.filter(({ severity }) => severity !== 'error'), ...checked],
    source,
    hint: first?.hint,
    ...(first && { range: first.range }),
  })
}

function unresolved(
  { reference, range, suggestion }: BaseNeed,
  cause: unknown,
  known: Pick<BuildErrorDetails, 'source' | 'warnings'>,
): BuildError {
  const reason = messageOf(cause)
  const causeHint = cause instanceof Error && 'hint' in cause ? String(cause.hint ?? '') : ''
  const hint = suggestion === undefined ? causeHint : `Did you mean the stage "${suggestion}"?`
  // An invalid reference cannot be found anywhere: it is a mistake in the file.
  const isMistake = hasCode(cause, 'REGISTRY_BAD_REFERENCE')
  return new BuildError(
    isMistake ? 'BUILD_REFUSED' : 'BUILD_BASE_UNRESOLVED',
    `Cannot use base image "${reference}": ${reason}`,
    {
      cause,
      range,
      ...known,
      ...(hint && { hint }),
    },
  )
}
