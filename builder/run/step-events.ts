import { messageOf } from '../../errors/index.ts'
import type { ResourceUsage } from '../../sandbox-native/driver/index.ts'
import type { BuildEvent, BuildWarning } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import type { NodeChange } from '../solve/solve.ts'
import { createBusySteps } from './busy-steps.ts'
import type { StepReport } from './runners/step-context.ts'

type Emit = (event: BuildEvent) => void | Promise<void>

/** Emits the progress and results of steps as events. */
export interface StepEvents {
  reportOf(step: string, signal: AbortSignal): StepReport
  changed(step: string, change: NodeChange): void
  /** No more work follows. */
  settle(): void
}

export function createStepEvents(emit: Emit): StepEvents {
  const usages = new Map<string, ResourceUsage>()
  const warned = new Set<string>()
  // A warning about the machine would be raised by every step; report it once.
  const warn = (message: string): void => {
    if (!warned.has(message)) void emit({ kind: 'warning', warning: warningOf(message), atMs: Date.now() })
    warned.add(message)
  }
  const done = (step: string, atMs: number): void => {
    const usage = usages.get(step)
    void emit({ kind: 'step-done', step, ...(usage && { usage }), atMs })
  }
  const failed = (step: string, error: unknown): void =>
    void emit({ kind: 'step-failed', step, ...failureOf(error), atMs: Date.now() })
  const busy = createBusySteps({ started: (step) => emit({ kind: 'step-started', step, atMs: Date.now() }), done })
  return {
    reportOf: (step, signal) => ({
      log: (stream, text) => emit({ kind: 'step-log', step, stream, text, atMs: Date.now() }),
      warn,
      progress: stepProgress(step, emit),
      usage: (usage) => usages.set(step, usage),
      busy: (work) =>
        busy.run(step, work).catch((error: unknown) => {
          if (!signal.aborted) failed(step, error)
          throw error
        }),
    }),
    changed: (step, change) => {
      const atMs = Date.now()
      if (change.kind === 'started') busy.started(step)
      if (change.kind === 'started') emit({ kind: 'step-started', step, atMs })
      else if (change.kind === 'waiting') emit({ kind: 'step-waiting', step, atMs })
      else if (change.kind === 'cached') emit({ kind: 'step-cached', step, atMs })
      else if (change.kind === 'failed') failed(step, change.error)
      else if (!busy.isBusy(step)) done(step, atMs)
    },
    settle: () => busy.settle(),
  }
}

/** Reports the progress of parts of a step: `id` names one, such as a blob. */
export function stepProgress(step: string, emit: Emit): StepReport['progress'] {
  return (id, doneBytes, totalBytes) =>
    emit({
      kind: 'step-progress',
      step,
      id,
      doneBytes,
      ...(totalBytes !== undefined && { totalBytes }),
      atMs: Date.now(),
    })
}

function failureOf(error: unknown): { readonly message: string; readonly exitCode?: number } {
  const exitCode = error instanceof BuildError ? error.exitCode : undefined
  const message = messageOf(error)
  return { message, ...(exitCode !== undefined && { exitCode }) }
}

function warningOf(message: string): BuildWarning {
  return { code: 'BUILD_STEP_WARNING', message }
}
