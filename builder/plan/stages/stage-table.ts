import type { Platform } from '../../../image-spec/index.ts'
import { formatPlatform, parsePlatform } from '../../../image-spec/index.ts'
import { didYouMean, suggest } from '../../../notation/index.ts'
import type { SourceRange, Stage, Word } from '../../../parser/index.ts'
import { expandText } from '../expand-text.ts'
import type { PlanRequest } from '../graph/build-plan.ts'
import { findFlag } from '../instructions/flags.ts'
import type { Problems } from '../problems.ts'
import type { Variables } from '../scope.ts'
import { checkReference } from './check-reference.ts'
import type { FileOrigin } from './file-origin.ts'
import { findNamedContext } from './named-context.ts'

export interface StageEntry {
  readonly stage: Stage
  readonly index: number
  /** Undefined if FROM is invalid, which is reported. */
  readonly base: FileOrigin | undefined
  readonly platform: Platform
  /** A named context replaces the stage: none of its instructions run. */
  readonly isReplaced: boolean
}

export interface StageTable {
  readonly entries: readonly StageEntry[]
  /**
   * Resolves `--from`: a stage by name or index, else a named context, else an image, always for the target platform.
   * Undefined if it is invalid, which is reported.
   */
  findOrigin(from: string, range: SourceRange): FileOrigin | undefined
  findTarget(): number | undefined
}

interface Names {
  readonly request: PlanRequest
  readonly problems: Problems
  readonly globals: Variables
}

export function readStages(names: Names): StageTable {
  const { request, problems } = names
  const { stages } = request.dockerfile
  const indexByName = new Map<string, number>()
  const entries = stages.map((stage, index) => {
    const entry = readStage(stage, index, { ...names, earlier: indexByName })
    if (stage.name) indexByName.set(stage.name, index) // the last stage with a name wins
    return entry
  })
  return { entries, findOrigin, findTarget }

  function findOrigin(from: string, range: SourceRange): FileOrigin | undefined {
    // SPEC: BuildKit reads a number with an optional sign.
    const index = /^[+-]?\d+$/.test(from) ? Number(from) : indexByName.get(from.toLowerCase())
    if (index !== undefined && index >= 0 && index < stages.length) return { kind: 'stage', index }
    if (index !== undefined) {
      const message = `Cannot use stage "${from}": no such index (expected 0 to ${stages.length - 1})`
      problems.error({ code: 'PLAN_STAGE_UNKNOWN', range, message })
      return undefined
    }
    return originOfName(from, request.targetPlatform, { request, known: [...indexByName.keys()] })
  }

  function findTarget(): number | undefined {
    const { target } = request
    if (target === undefined || target === '') return stages.length - 1
    const index = indexByName.get(target.toLowerCase())
    if (index !== undefined) return index
    const known = [...indexByName.keys()]
    const range = stages.at(-1)?.from.range ?? { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } }
    const needed = known.length > 0 ? `expected one of ${known.join(', ')}` : 'the stages have no names'
    const message = `Cannot find target stage "${target}": no stage has this name (${needed})`
    problems.error({ code: 'PLAN_TARGET_UNKNOWN', range, message, hint: didYouMean(target, known) })
    return undefined
  }
}

function readStage(
  stage: Stage,
  index: number,
  names: Names & { readonly earlier: ReadonlyMap<string, number> },
): StageEntry {
  const { request, earlier } = names
  const platform = readPlatform(stage, names)
  const replacement = stage.name === undefined ? undefined : findNamedContext(request, stage.name, platform)
  if (replacement) return { stage, index, base: replacement, platform, isReplaced: true }
  const name = expandWithGlobals(stage.from.image, names)
  const base = name === undefined ? undefined : originOfBase(name, platform, { request, earlier })
  if (base?.kind === 'image' && base.reference === name) checkReference(base, stage.from.image.range, names.problems)
  return { stage, index, base, platform, isReplaced: false }
}

function originOfBase(
  name: string,
  platform: Platform,
  { request, earlier }: { readonly request: PlanRequest; readonly earlier: ReadonlyMap<string, number> },
): FileOrigin {
  // SPEC: BuildKit lowercases stage names, but looks up FROM as written, and scratch can be a stage name too.
  const index = earlier.get(name)
  if (index !== undefined) return { kind: 'stage', index }
  return originOfName(name, platform, { request, known: [...earlier.keys()] })
}

/** Resolves a name that is not a stage: a named context, else an image. */
function originOfName(
  name: string,
  platform: Platform,
  { request, known }: { readonly request: PlanRequest; readonly known: readonly string[] },
): FileOrigin {
  if (name === 'scratch') return { kind: 'scratch' }
  const context = findNamedContext(request, name, platform)
  if (context) return context
  const suggestion = suggest(name.toLowerCase(), known)
  return { kind: 'image', reference: name, ...(suggestion !== undefined && { suggestion }) }
}

function expandWithGlobals(word: Word, { request, problems, globals }: Names): string | undefined {
  const expander = { variables: globals, escape: request.dockerfile.escape, problems }
  const name = expandText(word.text, word.range, expander)
  if (name !== '') return name
  const message = `Cannot use base image "${word.text}": empty after expansion (expected an image, a stage or "scratch")`
  const hint = 'Set a default for an ARG above the first FROM, or pass its value with --build-arg'
  problems.error({ code: 'PLAN_BASE_EMPTY', range: word.range, message, hint })
  return undefined
}

function readPlatform(stage: Stage, { request, problems, globals }: Names): Platform {
  const flag = findFlag(stage.from, 'platform')
  if (!flag || flag.value === '') return request.targetPlatform
  const expander = { variables: globals, escape: request.dockerfile.escape, problems }
  const text = expandText(flag.value, flag.range, expander)
  if (text === undefined) return request.targetPlatform
  const platform = parsePlatform(text, request.targetPlatform)
  if (platform) return platform
  const found = text === '' ? 'empty after expansion' : `"${text}" is not a platform`
  const message = `Cannot read platform "${flag.value}": ${found} (for example ${formatPlatform(request.targetPlatform)})`
  problems.error({ code: 'PLAN_PLATFORM_INVALID', range: flag.range, message })
  return request.targetPlatform
}
