import { cacheKeyOf } from './cache-key.ts'
import type { Outcome, Runner, RunResult, Solvable } from './runner.ts'

/**
 * Identity of a result across machines: computed like its identity, but with diff IDs in place of layers, whose names
 * are local. Undefined if an input has none, or if the layer's diff ID is not known yet.
 */
export function portableIdentity<Operation, Value, Context>(
  { node, runner, outcome, diffId }: Result<Operation, Value, Context>,
  inputs: readonly (string | undefined)[],
): string | undefined {
  const { record } = outcome
  if (record === undefined)
    return composed(runner, node, inputs) ?? (inputs.length === 0 ? outcome.identity : undefined)
  const [base] = inputs
  if (record.layer === undefined || base === undefined) return base
  return diffId === undefined ? undefined : cacheKeyOf('identity', [base, diffId])
}

export interface Result<Operation, Value, Context> {
  readonly node: Solvable<Operation>
  readonly runner: Runner<Operation, Value, Context>
  readonly outcome: RunResult<Value>
  /** Diff ID of the record's layer. */
  readonly diffId: string | undefined
}

function composed<Operation, Value, Context>(
  runner: Runner<Operation, Value, Context>,
  node: Solvable<Operation>,
  inputs: readonly (string | undefined)[],
): string | undefined {
  if (inputs.length === 0 || inputs.some((input) => input === undefined)) return undefined
  return runner.identity?.(node, inputs.map(String))
}

/** The inputs with other identities, for keys that a runner computes over them. */
export function underIdentities<Value>(
  inputs: readonly Outcome<Value>[],
  identities: readonly (string | undefined)[],
): readonly Outcome<Value>[] {
  return inputs.map(({ value }, position) => {
    const identity = identities[position]
    return { value, ...(identity !== undefined && { identity }) }
  })
}
