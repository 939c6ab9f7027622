import type { Operation } from '../../../plan/graph/operation.ts'
import type { RunResult, Solvable } from '../../../solve/runner.ts'
import { requestedDigests } from '../../requested-digests.ts'
import type { StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'

/**
 * The result, outdated if a file of a build context that the step read was changed since its digest was computed, which
 * may be long before the step.
 */
export async function unlessChanged(
  node: Solvable<Operation>,
  result: RunResult<StepValue>,
  context: StepContext,
): Promise<RunResult<StepValue>> {
  const reads = requestedDigests([node])
  const isSame = reads.length === 0 || (await context.contexts.isUnchanged(reads, context.signal))
  return isSame ? result : outdated(result, context)
}

/** Marks a result so that it is not cached: under its key, later builds would find other content. */
export function outdated(result: RunResult<StepValue>, { report }: Pick<StepContext, 'report'>): RunResult<StepValue> {
  report.warn('Files of a build context changed during the build: steps that used them are not cached')
  return { ...result, isOutdated: true }
}
