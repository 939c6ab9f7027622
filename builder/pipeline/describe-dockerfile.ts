import { type Diagnostic, type Dockerfile, listTargets, outlineTarget, parseDockerfile } from '../../parser/index.ts'
import { findEpochSource } from '../plan/epoch-source.ts'
import { createProblems } from '../plan/problems.ts'
import { platformArguments } from '../plan/scope.ts'
import { ruleUrl } from '../report/rule-url.ts'
import type { BuildRequest, DockerfileDescription } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import { withEpoch } from '../request/with-epoch.ts'
import type { BuildTools } from '../run/build-tools.ts'
import type { PlanInputs } from '../run/prepared-build.ts'
import { checksBeforeMistake } from './checks-before-mistake.ts'
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
    const parsed = parseDockerfile(source.text)
    const { dockerfile: whole, incomplete, diagnostics } = parsed
    const isReadable = diagnostics.every(({ severity, isLate }) => severity !== 'error' || isLate)
    const dockerfile = whole ?? (isReadable ? incomplete : undefined)
    if (dockerfile === undefined) {
      const found = [...checksBeforeMistake(parsed, request), ...diagnostics]
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

function checksOf(found: readonly Diagnostic[]): DockerfileDescription['checks'] {
  const checks = found.map(({ code, rule }) =>
    rule === undefined ? [] : [code, { description: rule, url: ruleUrl(code) }],
  )
  return Object.fromEntries(checks.filter((pair) => pair.length > 0))
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
    if (error.diagnostics.length > 0) return [...error.warnings, ...error.diagnostics]
    const { code, message, range, hint } = error
    if (range === undefined) throw error
    const unknown: Diagnostic = { code, severity: 'warning', message, range, ...(hint !== undefined && { hint }) }
    return [unknown, ...error.warnings]
  }
}
