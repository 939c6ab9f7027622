import { didYouMean, parseGitUrl, withWholeCommit } from '../../notation/index.ts'
import type { AddInstruction, SourceRange, Stage } from '../../parser/index.ts'
import { expandText } from './expand-text.ts'
import type { NamedContext, PlanRequest } from './graph/build-plan.ts'
import type { SourceOperation } from './graph/operation.ts'
import { CONTEXT_FILE } from './instructions/http-filename.ts'
import { planBuild } from './plan-build.ts'
import type { Problems } from './problems.ts'
import { EPOCH, readGlobalScope, readWrittenGlobals } from './scope.ts'
import { findNamedContext } from './stages/named-context.ts'

export type RemoteSource = Extract<SourceOperation, { source: 'git' | 'http' }>

/** Source of a build's date: a number, or a source that has a time. */
export type EpochSource =
  | { readonly kind: 'seconds'; readonly seconds: number }
  | { readonly kind: 'context' }
  | { readonly kind: 'remote'; readonly operation: RemoteSource }
  /** No source, or one without a time. */
  | { readonly kind: 'none' }

const NONE: EpochSource = { kind: 'none' }

/** The first and last second that RFC 3339 can represent: years 0 to 9999. */
const MIN_EPOCH_SECONDS = -62_167_219_200
const MAX_EPOCH_SECONDS = 253_402_300_799
export const EPOCH_RANGE = `${MIN_EPOCH_SECONDS} to ${MAX_EPOCH_SECONDS} seconds`

export function isInEpochRange(seconds: number): boolean {
  return seconds >= MIN_EPOCH_SECONDS && seconds <= MAX_EPOCH_SECONDS
}

/**
 * Resolves SOURCE_DATE_EPOCH from `--build-arg` or a global ARG: seconds since 1970, `context`, the name of a
 * `--build-context`, or of a stage that consists of FROM scratch and one remote ADD. Undefined if it is invalid, which
 * is reported. SPEC: BuildKit dockerfile2llb resolveSourceDateEpochValue
 */
export function findEpochSource(request: PlanRequest, problems: Problems): EpochSource | undefined {
  const text = readWrittenGlobals(request, problems).get(EPOCH) ?? ''
  const value = Object.hasOwn(request.buildArgs, EPOCH) ? (request.buildArgs[EPOCH] ?? '') : text
  if (value === '') return NONE
  if (/^[+-]?\d+$/.test(value)) return ofSeconds(value, { request, problems })
  if (value === 'context') return { kind: 'context' }
  const named = findNamedContext(request, value, request.buildPlatform)
  if (named) return named.kind === 'context' ? ofContext(named.context) : NONE
  const stage = request.dockerfile.stages.find(({ name }) => name === value.toLowerCase())
  if (stage) return ofStage(stage, { request, problems })
  const known = ['context', ...Object.keys(request.namedContexts), ...namesOf(request)]
  const found = 'neither a number nor the name of a build context or stage'
  const message = `Cannot use SOURCE_DATE_EPOCH "${value}": ${found} (expected seconds since 1970, or one of ${known.join(', ')})`
  problems.error({ code: 'PLAN_EPOCH_INVALID', range: rangeOf(request), message, hint: didYouMean(value, known) })
  return undefined
}

interface EpochRequest {
  readonly request: PlanRequest
  readonly problems: Problems
}

/**
 * SPEC: https://reproducible-builds.org/specs/source-date-epoch/; like BuildKit, times before 1970 are accepted as
 * well.
 */
function ofSeconds(text: string, { request, problems }: EpochRequest): EpochSource | undefined {
  const seconds = Number(text)
  if (isInEpochRange(seconds)) return { kind: 'seconds', seconds }
  const found = seconds < 0 ? 'it is before the year 0' : 'it is after the year 9999'
  const message = `Cannot use SOURCE_DATE_EPOCH "${text}": ${found} (expected ${EPOCH_RANGE})`
  problems.error({ code: 'PLAN_EPOCH_INVALID', range: rangeOf(request), message })
  return undefined
}

function ofContext(context: NamedContext): EpochSource {
  if (context.kind === 'http')
    return { kind: 'remote', operation: { kind: 'source', source: 'http', url: context.url, filename: CONTEXT_FILE } }
  if (context.kind !== 'git') return NONE
  const { fault, keepGitDirectory = false, ...address } = withWholeCommit(parseGitUrl(context.url))
  if (fault) return NONE // the step that needs the context reports what is wrong with it
  return { kind: 'remote', operation: { kind: 'source', source: 'git', ...address, keepGitDirectory } }
}

/** Plans the stage separately, so that its arguments expand as they do when it is built. */
function ofStage(stage: Stage, { request, problems }: EpochRequest): EpochSource | undefined {
  const refuse = (found: string, range: SourceRange): undefined => {
    const message = `Cannot take SOURCE_DATE_EPOCH from stage "${stage.name}": ${found} (expected FROM scratch, ARG, and one ADD of a URL or git repository)`
    problems.error({ code: 'PLAN_EPOCH_INVALID', range, message })
  }
  const globals = readGlobalScope(withoutEpoch(request), problems)
  const { image } = stage.from
  const base = expandText(image.text, image.range, { variables: globals, escape: request.dockerfile.escape, problems })
  if (base === undefined) return undefined
  if (base !== 'scratch') return refuse(`it is from "${base}"`, image.range)
  const other = stage.instructions.find(({ kind }) => kind !== 'arg' && kind !== 'add')
  if (other) return refuse(`it has ${other.keyword.toUpperCase()}`, other.range)
  const adds = stage.instructions.filter((instruction): instruction is AddInstruction => instruction.kind === 'add')
  const [add, second] = adds
  if (!add) return refuse('it has no ADD', stage.from.range)
  if (second) return refuse('it has several ADD instructions', second.range)
  if (add.sources.length + add.heredocs.length > 1) return refuse('its ADD has several sources', add.range)
  const { target: _, ...rest } = withoutEpoch(request)
  const { dockerfile } = request
  const stages = dockerfile.stages.slice(0, stage.index + 1) // another stage may have the same name
  const planned = planBuild({ ...rest, dockerfile: { ...dockerfile, stages } }, new Map())
  if (planned.kind === 'refused') {
    for (const { message, range } of planned.diagnostics) problems.error({ code: 'PLAN_EPOCH_INVALID', range, message })
    return undefined
  }
  const operations = planned.kind === 'planned' ? planned.plan.nodes.map(({ operation }) => operation) : []
  const remote = operations.find(isRemote)
  return remote
    ? { kind: 'remote', operation: remote }
    : refuse('the source of its ADD is not a URL or repository', add.range)
}

function isRemote(operation: { readonly kind: string }): operation is RemoteSource {
  return 'source' in operation && (operation.source === 'git' || operation.source === 'http')
}

function withoutEpoch(request: PlanRequest): PlanRequest {
  const { [EPOCH]: _, ...buildArgs } = request.buildArgs
  return { ...request, buildArgs }
}

function namesOf({ dockerfile }: PlanRequest): readonly string[] {
  return dockerfile.stages.flatMap(({ name }) => name ?? [])
}

/** Range of the ARG; a value from --build-arg is reported at the last stage, like a bad target. */
function rangeOf({ dockerfile }: PlanRequest): SourceRange {
  const written = dockerfile.globalArgs.find(({ args }) => args.some(({ name }) => name.text === EPOCH))
  const start = { line: 1, column: 1 }
  return written?.range ?? dockerfile.stages.at(-1)?.from.range ?? { start, end: start }
}
