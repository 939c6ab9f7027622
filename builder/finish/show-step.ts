import { messageOf } from '../../errors/index.ts'
import type { BuildEvent } from '../request/builder.ts'

interface ShownStep {
  readonly id: string
  readonly name: string
  readonly emit: (event: BuildEvent) => void
}

/** Shows work that may take a while as a step of the build. */
export async function showStep<T>(
  { id, name, emit }: ShownStep,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  emit({ kind: 'planned', steps: [{ id, name, inputs: [] }], atMs: Date.now() })
  emit({ kind: 'step-started', step: id, atMs: Date.now() })
  try {
    const result = await work()
    emit({ kind: 'step-done', step: id, atMs: Date.now() })
    return result
  } catch (error) {
    const message = messageOf(error)
    if (!signal?.aborted) emit({ kind: 'step-failed', step: id, message, atMs: Date.now() })
    throw error
  }
}
