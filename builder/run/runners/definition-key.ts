import { operationDigest } from '../../plan/graph/digest.ts'
import type { Operation } from '../../plan/graph/operation.ts'
import { cacheKeyOf } from '../../solve/cache-key.ts'
import type { Outcome, Solvable } from '../../solve/runner.ts'
import type { StepValue } from './step-value.ts'

/** The definition key of a step: its operation and its inputs. */
export function definitionKeyOf(node: Solvable<Operation>, inputs: readonly Outcome<StepValue>[]): string | undefined {
  const identities = inputs.map((input) => input.identity)
  if (identities.some((identity) => identity === undefined)) return undefined
  return cacheKeyOf('definition', [operationDigest(node.operation), ...identities.map(String)])
}
