import type { BuildStep } from '../../api/index.ts'

export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** From the first start to the last end, or until now while a step is running. */
export function spanOf(steps: readonly BuildStep[], nowMs: number): Span {
  const starts = steps.flatMap(({ startedMs }) => startedMs ?? [])
  if (starts.length === 0) return { startMs: nowMs, endMs: nowMs }
  const ends = steps.map((step) => (step.startedMs ?? 0) + (durationMs(step, nowMs) ?? 0))
  return { startMs: Math.min(...starts), endMs: Math.max(...ends) }
}

/** Undefined before it has started. */
export function durationMs({ state, startedMs, endedMs }: BuildStep, nowMs: number): number | undefined {
  if (startedMs === undefined) return undefined
  if (endedMs !== undefined) return Math.max(0, endedMs - startedMs)
  return state === 'running' ? Math.max(0, nowMs - startedMs) : undefined
}

export function cpuMs({ usage }: BuildStep): number | undefined {
  return usage && (usage.cpuUserUs + usage.cpuSystemUs) / 1000
}
