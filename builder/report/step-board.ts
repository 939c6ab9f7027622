import type { BuildEvent, BuildWarning } from '../request/builder.ts'

/** A step as reports see it. */
export interface BoardStep {
  readonly id: string
  /** Counts from 1 in order of appearance. */
  readonly number: number
  name: string
  status: 'waiting' | 'running' | 'cached' | 'done' | 'failed'
  startedAtMs: number
  endedAtMs?: number
  message?: string
  /** Byte counters by ID, in order of appearance. */
  readonly transfers: Map<string, Transfer>
}

export interface Transfer {
  readonly startedAtMs: number
  atMs: number
  doneBytes: number
  totalBytes?: number
}

/** State of a build, derived from its events. */
export interface StepBoard {
  /** Applies the event and returns the step it is about. */
  take(event: BuildEvent): BoardStep | undefined
  /** In order of appearance. */
  readonly steps: readonly BoardStep[]
  readonly warnings: readonly BuildWarning[]
  /** Number of steps, as far as is known. */
  plannedCount(): number
}

export function createStepBoard(): StepBoard {
  const names = new Map<string, string>()
  const byId = new Map<string, BoardStep>()
  const steps: BoardStep[] = []
  const warnings: BuildWarning[] = []

  function stepOf(id: string, atMs: number): BoardStep {
    const known = byId.get(id)
    if (known !== undefined) return known
    const step: BoardStep = {
      id,
      number: steps.length + 1,
      name: names.get(id) ?? id,
      status: 'running',
      startedAtMs: atMs,
      transfers: new Map(),
    }
    byId.set(id, step)
    steps.push(step)
    return step
  }

  function take(event: BuildEvent): BoardStep | undefined {
    if (event.kind === 'planned') {
      for (const { id, name } of event.steps) {
        names.set(id, name)
        const step = byId.get(id)
        if (step !== undefined) step.name = name
      }
      return undefined
    }
    if (event.kind === 'warning') {
      warnings.push(event.warning)
      return undefined
    }
    if (event.kind === 'step-explained') return undefined // reported after the progress
    const step = stepOf(event.step, event.atMs)
    applyTo(step, event)
    return step
  }

  return {
    take,
    steps,
    warnings,
    plannedCount: () => new Set([...names.keys(), ...byId.keys()]).size,
  }
}

function applyTo(
  step: BoardStep,
  event: Exclude<BuildEvent, { kind: 'planned' | 'warning' | 'step-explained' }>,
): void {
  switch (event.kind) {
    case 'step-waiting':
      step.status = 'waiting'
      return
    case 'step-started':
      // Started again: the time it took before counts.
      step.startedAtMs = event.atMs - (step.endedAtMs === undefined ? 0 : step.endedAtMs - step.startedAtMs)
      delete step.endedAtMs
      step.status = 'running'
      return
    case 'step-log':
      return
    case 'step-progress': {
      const transfer = step.transfers.get(event.id) ?? { startedAtMs: event.atMs, atMs: event.atMs, doneBytes: 0 }
      transfer.atMs = event.atMs
      transfer.doneBytes = event.doneBytes
      if (event.totalBytes !== undefined) transfer.totalBytes = event.totalBytes
      step.transfers.set(event.id, transfer)
      return
    }
    case 'step-cached':
      step.status = 'cached'
      step.endedAtMs = event.atMs
      return
    case 'step-done':
      if (step.status === 'running') step.status = 'done'
      step.endedAtMs = event.atMs
      return
    case 'step-failed':
      step.status = 'failed'
      step.message = event.message
      step.endedAtMs = event.atMs
  }
}
