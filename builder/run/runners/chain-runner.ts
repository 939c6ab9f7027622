import type { Chain } from '../../../layer-store/index.ts'
import { operationDigest } from '../../plan/graph/digest.ts'
import type { Operation } from '../../plan/graph/operation.ts'
import { cacheKeyOf } from '../../solve/cache-key.ts'
import type { Outcome, Runner, Solvable } from '../../solve/runner.ts'
import type { StepContext } from './step-context.ts'
import type { StepValue } from './step-value.ts'

/** For results that are never looked up because recreating them costs nothing. */
export const NEVER_RECALLED = {
  isStep: false,
  definitionKey: () => undefined,
  readContent: () => Promise.resolve(undefined),
  recall: () => Promise.resolve(undefined),
} as const

/** Writes nothing: the result is a chain of the inputs' layers. */
export function chainRunner(
  chainFrom: (inputs: readonly Outcome<StepValue>[]) => Promise<Chain>,
): Runner<Operation, StepValue, StepContext> {
  const identity = ({ operation }: Solvable<Operation>, identities: readonly string[]): string =>
    cacheKeyOf('identity', [operationDigest(operation), ...identities])
  return {
    ...NEVER_RECALLED,
    run: async (node, inputs) => {
      const value: StepValue = { kind: 'snapshot', chain: () => chainFrom(inputs) }
      const identities = inputs.map((input) => input.identity)
      if (identities.some((identity) => identity === undefined)) return { value }
      return { identity: identity(node, identities.map(String)), value }
    },
    identity,
  }
}
