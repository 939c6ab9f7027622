import type { ResourceUsage } from '../../sandbox-native/driver/index.ts'
import type { BuildEvent, BuildWarning } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import type { NodeChange } from '../solve/solve.ts'
import type { StepReport } from './runners/step-context.ts'

type Emit = (event: BuildEvent) => void

/** Tells as events what steps say of themselves and what becomes of them. */
export interface StepEvents {
  reportOf(step: string): StepReport
  changed(step: string, change: NodeChange): void
}

export function createStepEvents(emit: Emit): StepEvents {
  const usages = new Map<string, ResourceUsage>()
  const warned = new Set<string>()
  // What is true of the machine is met by every step, and said once.
  const warn = (message: string): void => {
    if (!warned.has(message)) emit({ kind: 'warning', warning: warningOf(message), atMs: Date.now() })
    warned.add(message)
  }
  return {
    reportOf: (step) => ({
      log: (stream, text) => emit({ kind: 'step-log', step, stream, text, atMs: Date.now() }),
      warn,
      progress: stepProgress(step, emit),
      usage: (usage) => usages.set(step, usage),
    }),
    changed: (step, change) => {
      const atMs = Date.now()
      const usage = usages.get(step)
      if (change.kind === 'started') emit({ kind: 'step-started', step, atMs })
      else if (change.kind === 'waiting') emit({ kind: 'step-waiting', step, atMs })
      else if (change.kind === 'cached') emit({ kind: 'step-cached', step, atMs })
      else if (change.kind === 'done') emit({ kind: 'step-done', step, ...(usage && { usage }), atMs })
      else emit({ kind: 'step-failed', step, ...failureOf(change.error), atMs })
    },
  }
}

/** Tells how far the parts of a step are: `id` names one, such as a blob. */
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
  const message = error instanceof Error ? error.message : String(error)
  return { message, ...(exitCode !== undefined && { exitCode }) }
}

function warningOf(message: string): BuildWarning {
  return { code: 'BUILD_STEP_WARNING', message }
}
