import type { BuildEvent } from './builder.ts'

/** Tells how far the parts of a step are: `id` names one, such as a blob. */
export function stepProgress(
  step: string,
  emit: (event: BuildEvent) => void,
): (id: string, doneBytes: number, totalBytes?: number) => void {
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
