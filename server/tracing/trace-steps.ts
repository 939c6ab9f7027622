import type { BuildEvent } from '../../engine/index.ts'
import type { OpenSpan, Tracing } from './tracing.ts'

export interface StepTracer {
  event(event: BuildEvent): void
  /** Ends the spans of unfinished steps with the build. */
  close(): void
}

/** A span for each step that ran, from the build's events. */
export function traceSteps(tracing: Tracing, parent: string, maskText: (text: string) => string): StepTracer {
  const names = new Map<string, string>()
  const open = new Map<string, OpenSpan>()
  const end = (step: string, how: Parameters<OpenSpan['end']>[0]): void => {
    open.get(step)?.end(how)
    open.delete(step)
  }
  return {
    event: (event) => {
      if (event.kind === 'planned') for (const { id, name } of event.steps) names.set(id, maskText(name))
      if (event.kind === 'step-started' && !open.has(event.step)) {
        const name = names.get(event.step) ?? event.step
        open.set(event.step, tracing.start(name, { parent, startMs: event.atMs }))
      }
      if (event.kind === 'step-cached') {
        const attributes = { 'tsbuild.cached': true }
        end(event.step, { endMs: event.atMs, attributes })
      }
      if (event.kind === 'step-done') end(event.step, { endMs: event.atMs, attributes: usageOf(event.usage) })
      if (event.kind === 'step-failed') end(event.step, { endMs: event.atMs, failure: maskText(event.message) })
    },
    close: () => {
      for (const step of [...open.keys()]) end(step, { failure: 'not finished' })
    },
  }
}

function usageOf(usage: Extract<BuildEvent, { kind: 'step-done' }>['usage']) {
  if (usage === undefined) return {}
  const { cpuUserUs, cpuSystemUs, peakMemoryBytes } = usage
  return {
    'tsbuild.cpu_us': cpuUserUs + cpuSystemUs,
    ...(peakMemoryBytes !== undefined && { 'tsbuild.peak_memory_bytes': peakMemoryBytes }),
  }
}
