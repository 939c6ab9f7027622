import type { Operation } from '../../../plan/graph/operation.ts'
import type { Made, Solvable } from '../../../solve/runner.ts'
import { wantedDigests } from '../../wanted-digests.ts'
import type { StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'

/**
 * The result, outdated if a file of a build context that the step read was changed since its digest was computed, which
 * may be long before the step.
 */
export async function unlessChanged(
  node: Solvable<Operation>,
  made: Made<StepValue>,
  context: StepContext,
): Promise<Made<StepValue>> {
  const reads = wantedDigests([node])
  const isSame = reads.length === 0 || (await context.contexts.isUnchanged(reads, context.signal))
  return isSame ? made : outdated(made, context)
}

/** Marks a result so that it is not cached: under its key, later builds would find other content. */
export function outdated(made: Made<StepValue>, { report }: Pick<StepContext, 'report'>): Made<StepValue> {
  report.warn('Files of a build context changed during the build: steps that used them are not cached')
  return { ...made, isOutdated: true }
}
