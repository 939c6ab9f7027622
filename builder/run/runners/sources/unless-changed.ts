import type { Operation } from '../../../plan/graph/operation.ts'
import type { Made, Solvable } from '../../../solve/runner.ts'
import { wantedDigests } from '../../wanted-digests.ts'
import type { StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'

/**
 * The result, marked as outdated if a file of a build context that it contains was changed since its digest was
 * computed, which may be long before the step: under its key, later builds would find other content.
 */
export async function unlessChanged(
  node: Solvable<Operation>,
  made: Made<StepValue>,
  { contexts, report, signal }: StepContext,
): Promise<Made<StepValue>> {
  const reads = wantedDigests([node])
  if (reads.length === 0 || (await contexts.isUnchanged(reads, signal))) return made
  report.warn('Files of a build context changed during the build: steps that used them are not cached')
  return { ...made, isOutdated: true }
}
