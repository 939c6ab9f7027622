import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkDockerfile } from '../../../builder/plan/check-dockerfile.ts'
import { baseKey } from '../../../builder/plan/graph/base-key.ts'
import type { PlanRequest, PlanResult, ResolvedBase } from '../../../builder/plan/graph/build-plan.ts'
import { planBuild } from '../../../builder/plan/plan-build.ts'
import { platformArguments } from '../../../builder/plan/scope.ts'
import { checkDocument, outlineDocument, targetsDocument } from '../../../cli/builds/description-documents.ts'
import { type ImageConfig, type Platform, parsePlatform } from '../../../image-spec/index.ts'
import { type Dockerfile, listTargets, outlineTarget, parseDockerfile } from '../../../parser/index.ts'

interface Case {
  readonly name: string
  readonly dockerfile: string
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly target?: string
  readonly platform?: string
  /** BuildKit's words, for reading. */
  readonly refused?: string
  readonly config?: unknown
  readonly history?: readonly string[]
  readonly steps?: readonly string[]
  /** Rule and lines of each finding; for a refused file, the findings before the error. */
  readonly checks: readonly string[]
  readonly targets?: unknown
  readonly outline?: unknown
  /** A deliberate difference. */
  readonly differs?: { readonly in: string; readonly why: string }
}

const recorded: { readonly base: ImageConfig; readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/buildkit.json'), 'utf8'),
)
const BUILD_PLATFORM: Platform = { os: 'linux', architecture: 'amd64' }

describe('as BuildKit answers', () => {
  test.each(recorded.cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const { name, dockerfile, buildArgs, target, platform, refused, differs, checks, ...answer } = one
    const got = answerOf(one)
    expect(got.isRefused, got.problems.join('\n')).toBe(refused !== undefined)
    const wanted = refused === undefined ? answer : { ...('targets' in got.answer && { targets: answer.targets }) }
    expect(without(got.answer, differs?.in)).toEqual(without(wanted, differs?.in))
    if (differs?.in === 'checks') return
    if (refused === undefined) expect(got.checks).toEqual(checks)
    else expect(got.checks).toEqual(expect.arrayContaining([...checks]))
  })
})

interface Answer {
  readonly isRefused: boolean
  readonly problems: readonly string[]
  readonly answer: Readonly<Record<string, unknown>>
  readonly checks: readonly string[]
}

function answerOf(one: Case): Answer {
  const { dockerfile, diagnostics } = parseDockerfile(one.dockerfile)
  const problems = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)
  if (dockerfile === undefined) return { isRefused: true, problems, answer: {}, checks: one.checks }
  const request = requestOf(one, dockerfile)
  const { result, bases } = planned(request)
  const found = checkDockerfile({
    planning: request,
    bases: planned({ ...request, plansAllStages: true }, bases).bases,
    ignorePatterns: [],
    checksAllStages: one.target === undefined,
  })
  const checks = warningsOf(checkDocument({ ...about(one), diagnostics: found }))
  const { targets } = plain(targetsDocument({ ...about(one), targets: listTargets(dockerfile) }))
  if (result.kind !== 'planned') {
    const messages = result.kind === 'refused' ? result.diagnostics.map(({ message }) => message) : []
    return { isRefused: true, problems: messages, answer: { targets }, checks }
  }
  const { image, nodes } = result.plan
  const platformArgs = Object.fromEntries(platformArguments(request))
  const outline = outlineTarget(dockerfile, one.target, { buildArgs: request.buildArgs, platformArgs })
  // The order of arguments on one line is not defined.
  const args = (outline?.args ?? []).toSorted(
    (a, b) => a.range.start.line - b.range.start.line || (a.name < b.name ? -1 : 1),
  )
  const document = outlineDocument({ ...about(one), ...(outline && { outline: { ...outline, args } }) })
  const { sources: _, cache: __, ...outlined } = withLines(document)
  const answer = {
    config: JSON.parse(JSON.stringify(image.config)),
    history: image.history.map(({ createdBy, node }) => createdBy + (node ? ' (layer)' : '')),
    steps: stepsOf(nodes.filter(({ operation }) => operation.kind !== 'source').map(({ name }) => name)),
    targets,
    outline: outlined,
  }
  return { isRefused: false, problems, answer, checks }
}

function requestOf(one: Case, dockerfile: Dockerfile): PlanRequest {
  const targetPlatform = one.platform === undefined ? BUILD_PLATFORM : parsePlatform(one.platform, BUILD_PLATFORM)
  return {
    dockerfile,
    ...(one.target !== undefined && { target: one.target }),
    buildArgs: one.buildArgs ?? {},
    labels: {},
    buildPlatform: BUILD_PLATFORM,
    targetPlatform: targetPlatform ?? BUILD_PLATFORM,
    network: 'default',
    noCache: false,
    noCacheFilter: [],
    namedContexts: {},
  }
}

/** Every image is the recorded base; the one named onbuild also has triggers. */
function planned(request: PlanRequest, known = new Map<string, ResolvedBase>()) {
  const bases = new Map(known)
  for (;;) {
    const result: PlanResult = planBuild(request, bases)
    if (result.kind !== 'needs') return { result, bases }
    for (const need of result.bases) {
      const { config, ...rest } = recorded.base
      const triggers = need.reference === 'onbuild' ? { OnBuild: ['ENV TRIG=1', 'RUN echo trigger'] } : {}
      bases.set(baseKey(need), { config: { ...rest, config: { ...config, ...triggers } }, key: need.reference })
    }
  }
}

function about({ dockerfile }: Case) {
  return { source: { name: 'Dockerfile', text: dockerfile }, diagnostics: [], checks: {} }
}

function stepsOf(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name) => !name.startsWith('[internal]')))].sort()
}

function warningsOf(document: unknown): readonly string[] {
  const { warnings = [] } = plain(document)
  if (!Array.isArray(warnings)) return []
  return warnings.map(({ ruleName, location }) => `${ruleName}:${location.join(',')}`).sort()
}

/** As JSON with locations as lists of lines, without empty values. */
function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(withLines(value), (_, item) => orUndefined(item)))
}

/** As JSON with locations as lists of lines. */
function withLines(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, (key, item) => (key === 'location' ? linesOf(item) : item)))
}

function linesOf({ ranges = [] }: { readonly ranges?: readonly { readonly start: { readonly line: number } }[] }) {
  return ranges.map(({ start }) => start.line)
}

function orUndefined(item: unknown): unknown {
  const isEmpty = item === '' || item === false || (Array.isArray(item) && item.length === 0)
  return isEmpty ? undefined : item
}

function without(answer: Readonly<Record<string, unknown>>, field: string | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(answer).filter(([name, value]) => name !== field && value !== undefined))
}
