import type { Build, BuildLiveEvent, BuildStep, BuildSteps } from '../../api/index.ts'
import { settledSteps } from '../../api/settled-steps.ts'

export type LogEvent = Extract<BuildLiveEvent, { kind: 'log' }>

export interface BuildView {
  readonly build: Build
  readonly steps: readonly BuildStep[]
  readonly dockerfile?: BuildSteps['dockerfile']
  /** Warnings of the running build; later they are part of the result. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

/** The view after another event. Log text is not stored here, only its length. */
export function applyEvent(view: BuildView, event: BuildLiveEvent): BuildView {
  switch (event.kind) {
    case 'build':
      return { ...view, build: event.build, steps: settledSteps(view.steps, event.build) }
    case 'planned':
      return { ...view, steps: withPlanned(view.steps, event.steps) }
    case 'step':
      return { ...view, steps: changed(view.steps, event.step.id, (step) => ({ ...step, ...event.step })) }
    case 'log':
      return { ...view, steps: changed(view.steps, event.step, (step) => withLog(step, event)) }
    case 'warning':
      return { ...view, warnings: [...view.warnings, { code: event.code, message: event.message }] }
    case 'restarted':
      return { ...view, steps: [], warnings: [] }
    default:
      return view // of a newer server
  }
}

function withPlanned(old: readonly BuildStep[], planned: readonly BuildStep[]): readonly BuildStep[] {
  const known = new Map(planned.map((step) => [step.id, step]))
  const kept = old.map((step) => known.get(step.id) ?? step)
  const ids = new Set(old.map(({ id }) => id))
  return [...kept, ...planned.filter(({ id }) => !ids.has(id))]
}

function changed(
  steps: readonly BuildStep[],
  id: string,
  change: (step: BuildStep) => BuildStep,
): readonly BuildStep[] {
  const index = steps.findIndex((step) => step.id === id)
  const step = steps[index]
  return step === undefined ? steps : steps.with(index, change(step))
}

const encoder = new TextEncoder()

function withLog(step: BuildStep, { offset, line, text }: LogEvent): BuildStep {
  const logBytes = offset + encoder.encode(text).length
  if (logBytes <= step.logBytes) return step
  return { ...step, logBytes, logLines: line + text.split('\n').length - 1 }
}

/** The failed, running or last step: what a user who opens the build wants to see. */
export function mostInterestingStep({ build, steps }: BuildView): string | undefined {
  const failed = steps.find(({ state }) => state === 'failed') ?? steps.find(({ id }) => id === build.failure?.step)
  const running = steps.findLast(({ state, logBytes }) => state === 'running' && logBytes > 0)
  const last = steps.findLast(({ logBytes }) => logBytes > 0)
  return (failed ?? running ?? steps.find(({ state }) => state === 'running') ?? last ?? steps.at(-1))?.id
}
