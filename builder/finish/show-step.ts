import { messageOf } from '../../layer-store/index.ts'
import type { BuildEvent } from '../request/builder.ts'

/** Shows work that may take a while as a step of the build. */
export async function showStep<T>(
  emit: (event: BuildEvent) => void,
  { id, name }: { readonly id: string; readonly name: string },
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
