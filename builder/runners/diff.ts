import { BuildError } from '../errors.ts'
import { operationDigest } from '../graph/digest.ts'
import type { Operation } from '../graph/operation.ts'
import { cacheKeyOf } from '../solve/cache-key.ts'
import type { Made, Outcome, Runner, Solvable } from '../solve/runner.ts'
import type { StepContext } from './step-context.ts'
import { chainOf, type StepValue } from './step-value.ts'

/** The layers that the second input has on top of the first. */
export const diffRunner: Runner<Operation, StepValue, StepContext> = {
  isStep: false,
  definitionKey: () => undefined,
  contentKey: () => Promise.resolve(undefined),
  recall: () => Promise.resolve(undefined),
  run,
}

async function run(node: Solvable<Operation>, inputs: readonly Outcome<StepValue>[]): Promise<Made<StepValue>> {
  const value: StepValue = { kind: 'snapshot', chain: () => layersOnTop(inputs) }
  const identities = inputs.map((input) => input.identity)
  if (identities.some((identity) => identity === undefined)) return { value }
  return {
    identity: cacheKeyOf('identity', [operationDigest(node.operation), ...identities.map(String)]),
    value,
  }
}

async function layersOnTop(inputs: readonly Outcome<StepValue>[]) {
  const [lower, upper] = await Promise.all([chainOf(inputs[0]), chainOf(inputs[1])])
  if (lower.some((layer, position) => upper[position] !== layer)) {
    throw new BuildError(
      'BUILD_NOT_SUPPORTED',
      'Cannot take the difference of two filesystems: neither grew from the other',
    )
  }
  return upper.slice(lower.length)
}
