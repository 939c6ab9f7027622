import type { EventWriter } from '../logs/event-writer.ts'
import type { BuildRow } from '../state/builds.ts'
import { type StepTracer, traceSteps } from '../tracing/trace-steps.ts'
import type { Tracing } from '../tracing/tracing.ts'
import type { AttemptResult } from './finish-build.ts'

export interface BuildTrace {
  /** The writer, wrapped so that its events are recorded as spans. */
  around(writer: EventWriter, maskText: (text: string) => string): EventWriter
  end(result: AttemptResult): void
}

/** One attempt of a build as a child span of the one that started it; does nothing without traces. */
export function traceBuild(tracing: Tracing | undefined, build: BuildRow): BuildTrace {
  if (tracing === undefined) return { around: (writer) => writer, end: () => undefined }
  const span = tracing.start(`build ${build.project}`, {
    parent: build.traceparent ?? undefined,
    attributes: {
      'tsbuild.build': build.id,
      'tsbuild.project': build.project,
      'tsbuild.ref': build.ref,
      'tsbuild.attempt': build.attempt,
      'tsbuild.waited_ms': Date.now() - build.created_at.getTime(),
    },
  })
  let steps: StepTracer | undefined
  return {
    around: (writer, maskText) => {
      const tracer = traceSteps(tracing, span.traceparent, maskText)
      steps = tracer
      const add: EventWriter['add'] = (event) => {
        tracer.event(event)
        writer.add(event)
      }
      return { ...writer, add }
    },
    end: (result) => {
      steps?.close()
      const failure = 'failure' in result ? { failure: result.failure.message } : {}
      span.end({ attributes: { 'tsbuild.state': result.state }, ...failure })
    },
  }
}
