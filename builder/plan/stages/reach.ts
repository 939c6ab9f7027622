import { parseInstruction, type SourceRange, type StageInstruction } from '../../../parser/index.ts'
import { baseKey } from '../graph/base-key.ts'
import type { BaseNeed } from '../graph/build-plan.ts'
import { findFlag, listFlags } from '../instructions/flags.ts'
import { fromOfMount } from '../instructions/mount-fields.ts'
import type { PlanContext } from '../plan-context.ts'
import { checkReference } from './check-reference.ts'
import type { FileOrigin } from './file-origin.ts'
import { cyclesOf } from './stage-cycles.ts'
import type { StageEntry } from './stage-table.ts'

/** An ONBUILD instruction of the base, which runs before the stage's own instructions. */
export interface Trigger {
  readonly instruction: StageInstruction
  /** Range in this file for its steps and errors. */
  readonly range: SourceRange
}

export interface ReachedStage {
  readonly entry: StageEntry
  readonly triggers: readonly Trigger[]
}

export interface Reach {
  /** Stages that the target needs, in file order. */
  readonly stages: readonly ReachedStage[]
  /** Bases that are not resolved yet; their triggers may add more. */
  readonly needs: readonly BaseNeed[]
}

/**
 * Follows references from the targets. A stage may reference only earlier ones, so one walk from the last to the first
 * stage visits each after all that need it; any reference to a later stage is an error, including cycles.
 */
export function followReferences(targets: readonly number[], plan: PlanContext): Reach {
  const reached = new Set(targets)
  const walk: Walk = { plan, areInCycle: cycleFinder(plan, true), copyInCycle: cycleFinder(plan, false) }
  const stages: ReachedStage[] = []
  const needs = new Map<string, BaseNeed>()
  for (let index = plan.stages.entries.length - 1; index >= 0; index -= 1) {
    const entry = plan.stages.entries[index]
    if (!entry) continue
    if (!reached.has(index)) {
      checkUnneeded(entry, walk)
      continue
    }
    const triggers = triggersOf(entry, plan)
    stages.push({ entry, triggers })
    if (entry.base?.kind === 'image')
      noteNeed(entry.base, { range: entry.stage.from.image.range, platform: entry.platform })
    if (entry.base?.kind === 'stage') reached.add(entry.base.index)
    for (const { origin, range } of namedOrigins(entry, triggers, plan)) {
      if (origin.kind === 'image') noteNeed(origin, { range, platform: plan.request.targetPlatform })
      if (origin.kind !== 'stage') continue
      if (origin.index < index) reached.add(origin.index)
      else reportLater(entry, { later: origin.index, range }, walk)
    }
  }
  return { stages: stages.reverse(), needs: [...needs.values()].sort(byPlace) }

  function noteNeed(
    { reference, suggestion }: Extract<FileOrigin, { kind: 'image' }>,
    { range, platform }: Pick<BaseNeed, 'range' | 'platform'>,
  ): void {
    const key = baseKey({ reference, platform })
    if (plan.bases.has(key) || needs.has(key)) return
    needs.set(key, { reference, platform, range, ...(suggestion !== undefined && { suggestion }) })
  }
}

type CycleTest = (one: number, other: number) => boolean

/** State of the walk through the stages. */
interface Walk {
  readonly plan: PlanContext
  /** Two stages depend on each other. */
  readonly areInCycle: CycleTest
  /** Two stages copy from each other, regardless of what they are built on. */
  readonly copyInCycle: CycleTest
}

/** SPEC: BuildKit resolves the references of all stages, needed or not, and refuses copy cycles among them. */
function checkUnneeded(entry: StageEntry, walk: Walk): void {
  for (const { origin, range } of namedOrigins(entry, [], walk.plan)) {
    if (origin.kind === 'image') checkReference(origin, range, walk.plan.problems)
    if (origin.kind !== 'stage' || origin.index < entry.index) continue
    if (walk.copyInCycle(origin.index, entry.index)) reportLater(entry, { later: origin.index, range }, walk)
  }
}

function reportLater(
  entry: StageEntry,
  { later, range }: { readonly later: number; readonly range: SourceRange },
  { plan, areInCycle }: Walk,
): void {
  const name = nameOf(plan.stages.entries[later])
  const self = later === entry.index
  const isCycle = !self && areInCycle(later, entry.index)
  const code = self ? 'PLAN_STAGE_SELF' : isCycle ? 'PLAN_STAGE_CYCLE' : 'PLAN_STAGE_FORWARD'
  const found = self
    ? 'a stage cannot read its own files'
    : isCycle
      ? 'the stages depend on each other'
      : 'it is defined later'
  const message = `Cannot read files of stage "${name}": ${found} (expected an earlier stage)`
  const hint = self
    ? undefined
    : isCycle
      ? 'Move what both need into a third stage'
      : `Move stage "${name}" above this one`
  plan.problems.error({ code, range, message, hint })
}

/** Tests whether two stages depend on each other; computes the cycles once, on first use. */
function cycleFinder(plan: PlanContext, countsBases: boolean): CycleTest {
  let cycles: readonly number[] | undefined
  return (one, other) => {
    cycles ??= cyclesOf(
      plan.stages.entries.map((entry) => {
        const named = namedOrigins(entry, triggersOf(entry, plan), plan).map(({ origin }) => origin)
        return [...named, ...(countsBases ? [entry.base] : [])].flatMap((origin) =>
          origin?.kind === 'stage' ? [origin.index] : [],
        )
      }),
    )
    return cycles[one] === cycles[other]
  }
}

function byPlace({ range: { start: a } }: BaseNeed, { range: { start: b } }: BaseNeed): number {
  return a.line - b.line || a.column - b.column
}

interface NamedOrigin {
  readonly origin: FileOrigin
  readonly range: SourceRange
}

/** The origins named by the instructions of a stage and its triggers. */
function namedOrigins(entry: StageEntry, triggers: readonly Trigger[], plan: PlanContext): readonly NamedOrigin[] {
  if (entry.isReplaced) return []
  const own = entry.stage.instructions.flatMap(namesIn)
  const triggered = triggers.flatMap(({ instruction, range }) =>
    namesIn(instruction).map(({ from }) => ({ from, range })),
  )
  return [...triggered, ...own].flatMap(({ from, range }) => {
    const origin = plan.stages.findOrigin(from, range)
    return origin ? [{ origin, range }] : []
  })
}

/** The `from` values of an instruction. */
export function namesIn(
  instruction: StageInstruction,
): readonly { readonly from: string; readonly range: SourceRange }[] {
  if (instruction.kind === 'copy') {
    const flag = findFlag(instruction, 'from')
    return flag?.value ? [{ from: flag.value, range: flag.range }] : []
  }
  if (instruction.kind !== 'run') return []
  return listFlags(instruction, 'mount').flatMap(({ value, range }) => {
    const { from } = fromOfMount(value)
    return from === undefined ? [] : [{ from, range }]
  })
}

function triggersOf(entry: StageEntry, plan: PlanContext): readonly Trigger[] {
  const { base } = entry
  if (entry.isReplaced || base === undefined) return []
  if (base.kind === 'stage') return triggersOfStage(plan.stages.entries[base.index], plan)
  if (base.kind !== 'image') return []
  const range = entry.stage.from.range
  const config = plan.bases.get(baseKey({ reference: base.reference, platform: entry.platform }))?.config.config
  return (config?.OnBuild ?? []).flatMap((text) => parseTrigger(text, range, plan))
}

function triggersOfStage(parent: StageEntry | undefined, plan: PlanContext): readonly Trigger[] {
  if (!parent || parent.isReplaced) return []
  return parent.stage.instructions.flatMap((each) => {
    if (each.kind !== 'onbuild') return []
    const { instruction, trigger, range } = each
    return instruction === undefined ? parseTrigger(trigger, range, plan) : [{ instruction, range }]
  })
}

function parseTrigger(text: string, range: SourceRange, { problems }: PlanContext): readonly Trigger[] {
  const { instruction, diagnostics } = parseInstruction(text, '\\')
  const fault = diagnostics.find(({ severity }) => severity === 'error')
  if (!fault && instruction) return [{ instruction, range }]
  const message = `Cannot run trigger "${text}" of the base: it cannot be parsed (expected an instruction other than FROM)`
  problems.error({ code: 'PLAN_ONBUILD_INVALID', range, message, hint: fault?.hint ?? fault?.message })
  return []
}

function nameOf(entry: StageEntry | undefined): string {
  return entry?.stage.name ?? String(entry?.index)
}
