import {
  type Diagnostic,
  type Dockerfile,
  LINT_RULES,
  lintDockerfile,
  listTargets,
  outlineTarget,
  parseDockerfile,
} from '../../parser/index.ts'
import { checkDockerfile, checkOverride } from '../plan/check-dockerfile.ts'
import { findEpochSource } from '../plan/epoch-source.ts'
import { createProblems } from '../plan/problems.ts'
import { platformArguments } from '../plan/scope.ts'
import { ruleUrl } from '../report/rule-url.ts'
import type { BuildRequest, DockerfileDescription } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import { withEpoch } from '../request/with-epoch.ts'
import type { BuildTools } from '../run/build-tools.ts'
import type { PlanInputs } from '../run/prepared-build.ts'
import { planningRequest, planRequest } from './plan-request.ts'
import { openBuild } from './prepare-build.ts'

/** Reads and checks a Dockerfile as a build would, without building. */
export async function describeDockerfile(tools: BuildTools, request: BuildRequest): Promise<DockerfileDescription> {
  const closers: (() => Promise<void>)[] = []
  const signal = request.signal ?? new AbortController().signal
  try {
    const { source, named, ignore } = await openBuild(tools, request, {
      signal,
      defer: (close) => void closers.push(close),
    })
    const { dockerfile: whole, incomplete, diagnostics } = parseDockerfile(source.text)
    const isReadable = diagnostics.every(({ severity, isLate }) => severity !== 'error' || isLate)
    const dockerfile = whole ?? (isReadable ? incomplete : undefined)
    if (dockerfile === undefined) {
      const found = [...checksBeforeError(incomplete, diagnostics, request), ...diagnostics]
      return { source, diagnostics: found, checks: checksOf(found) }
    }
    const inputs = {
      request,
      source,
      namedContexts: named.contexts,
      baseImages: tools.baseImages,
      ignorePatterns: ignore,
      // As with docker: without a target, all are described.
      checksAllStages: request.target === undefined,
    }
    const platformArgs = Object.fromEntries(platformArguments(planningRequest(dockerfile, inputs)))
    const outline = outlineTarget(dockerfile, request.target, { buildArgs: request.buildArgs ?? {}, platformArgs })
    const found = await check(dockerfile, inputs, signal)
    return {
      source,
      diagnostics: found,
      checks: checksOf(found),
      targets: listTargets(dockerfile),
      ...(outline !== undefined && { outline }),
    }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/**
 * SPEC: as in BuildKit, checks of the text before the first error are reported, and empty continuation lines come
 * first.
 */
function checksBeforeError(
  incomplete: Dockerfile | undefined,
  diagnostics: readonly Diagnostic[],
  { buildArgs = {} }: BuildRequest,
): readonly Diagnostic[] {
  const mistake = diagnostics.find(({ severity }) => severity === 'error')
  if (incomplete === undefined || mistake === undefined) return []
  const { findings } = lintDockerfile(incomplete, { ...checkOverride(buildArgs), isIncomplete: true })
  return findings.filter(
    ({ code, range }) => code === 'NoEmptyContinuation' || range.start.line < mistake.range.start.line,
  )
}

function checksOf(found: readonly Diagnostic[]): DockerfileDescription['checks'] {
  const codes = new Set(found.map(({ code }) => code))
  const rules = LINT_RULES.filter(({ name }) => codes.has(name))
  return Object.fromEntries(rules.map(({ name, description }) => [name, { description, url: ruleUrl(name) }]))
}

/** Includes findings of the planner. An image that cannot be resolved is reported and hides no other finding. */
async function check(
  dockerfile: Dockerfile,
  requested: PlanInputs,
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const problems = createProblems()
  const epoch = findEpochSource(planningRequest(dockerfile, requested), problems)
  if (problems.hasErrors) return problems.all
  const inputs =
    epoch?.kind === 'seconds' ? { ...requested, request: withEpoch(requested.request, epoch.seconds) } : requested
  try {
    return (await planRequest(inputs, signal)).diagnostics
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    const planning = planningRequest(dockerfile, inputs)
    const { ignorePatterns, checksAllStages = false } = inputs
    const unplanned = { planning, bases: new Map(), ignorePatterns, checksAllStages }
    const isUnplanned = error.diagnostics.some(({ code }) => /^(?:PARSE|PLAN)_/.test(code))
    if (isUnplanned) return [...checkDockerfile(unplanned), ...error.diagnostics]
    if (error.diagnostics.length > 0) return error.diagnostics
    const { code, message, range, hint } = error
    if (range === undefined) throw error
    const unknown: Diagnostic = { code, severity: 'warning', message, range, ...(hint !== undefined && { hint }) }
    return [unknown, ...checkDockerfile(unplanned)]
  }
}
