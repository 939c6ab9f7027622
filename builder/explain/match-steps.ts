import type { StepRecord } from './build-record.ts'

/**
 * Matches each step with one of the last build: in the same stage, the nth step with the same text; else the step at
 * the same position, unless another step has its text now.
 */
export function matchSteps(
  now: readonly StepRecord[],
  before: readonly StepRecord[],
): ReadonlyMap<StepRecord, StepRecord> {
  const byText = groupBy(before, textKey)
  const matches = new Map<StepRecord, StepRecord>()
  const taken = new Set<StepRecord>()
  const take = (step: StepRecord, old: StepRecord | undefined) => {
    if (old === undefined || taken.has(old)) return
    matches.set(step, old)
    taken.add(old)
  }
  for (const step of now) take(step, byText.get(textKey(step))?.shift())
  const byPosition = new Map(before.map((step) => [positionKey(step), step]))
  for (const step of now) if (!matches.has(step)) take(step, byPosition.get(positionKey(step)))
  return matches
}

function textKey({ stage, title }: StepRecord): string {
  return `${stage}\n${title}`
}

function positionKey({ stage, position }: StepRecord): string {
  return `${stage}\n${position}`
}

function groupBy(steps: readonly StepRecord[], keyOf: (step: StepRecord) => string): Map<string, StepRecord[]> {
  const groups = new Map<string, StepRecord[]>()
  for (const step of steps) groups.set(keyOf(step), [...(groups.get(keyOf(step)) ?? []), step])
  return groups
}
