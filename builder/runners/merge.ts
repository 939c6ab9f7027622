import { operationDigest } from '../graph/digest.ts'
import type { Operation } from '../graph/operation.ts'
import { cacheKeyOf } from '../solve/cache-key.ts'
import type { Made, Outcome, Runner, Solvable } from '../solve/runner.ts'
import type { StepContext } from './step-context.ts'
import { chainOf, type StepValue } from './step-value.ts'

/** Layers of the inputs over one another: nothing is written, only chains are joined. */
export const mergeRunner: Runner<Operation, StepValue, StepContext> = {
  isStep: false,
  definitionKey: () => undefined,
  contentKey: () => Promise.resolve(undefined),
  recall: () => Promise.resolve(undefined),
  run,
}

async function run(node: Solvable<Operation>, inputs: readonly Outcome<StepValue>[]): Promise<Made<StepValue>> {
  const identities = inputs.map((input) => input.identity)
  const value: StepValue = {
    kind: 'snapshot',
    chain: async () => (await Promise.all(inputs.map(chainOf))).flat(),
  }
  if (identities.some((identity) => identity === undefined)) return { value }
  return {
    identity: cacheKeyOf('identity', [operationDigest(node.operation), ...identities.map(String)]),
    value,
  }
}
