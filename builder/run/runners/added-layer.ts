import type { CacheRecord, Chain, LayerId } from '../../../layer-store/index.ts'
import { StoreError } from '../../../layer-store/index.ts'
import { cacheKeyOf } from '../../solve/cache-key.ts'
import type { Outcome, RunResult } from '../../solve/runner.ts'
import type { StepContext } from './step-context.ts'
import { chainOf, type StepValue, snapshotOf } from './step-value.ts'

/** The outcome of a step that added at most one layer to its first input. */
function addedLayer(
  inputs: readonly Outcome<StepValue>[],
  chain: Chain,
  layer: LayerId | undefined,
): Outcome<StepValue> {
  const base = inputs[0]?.identity
  const value = snapshotOf(layer ? [...chain, layer] : chain)
  if (base === undefined) return { value }
  return { identity: layer ? cacheKeyOf('identity', [base, layer]) : base, value }
}

/** The same, with the record to store. */
export function createdLayer(
  inputs: readonly Outcome<StepValue>[],
  chain: Chain,
  made: { readonly layer: LayerId | undefined; readonly description: string },
): RunResult<StepValue> {
  const record: CacheRecord = {
    ...(made.layer && { layer: made.layer }),
    createdAt: new Date().toISOString(),
    description: made.description,
  }
  return { ...addedLayer(inputs, chain, made.layer), record }
}

/**
 * Restores a recorded result only if its layer is still in the store. The base may be missing: it is fetched when
 * needed.
 */
export async function recallLayer(
  inputs: readonly Outcome<StepValue>[],
  record: CacheRecord,
  context: StepContext,
): Promise<Outcome<StepValue> | undefined> {
  const { layer } = record
  if (layer && !(await isThere(context, layer))) return undefined
  const base = inputs[0]
  const value: StepValue = {
    kind: 'snapshot',
    chain: async () => (layer ? [...(await chainOf(base)), layer] : chainOf(base)),
  }
  if (base?.identity === undefined) return { value }
  return { identity: layer ? cacheKeyOf('identity', [base.identity, layer]) : base.identity, value }
}

async function isThere(context: StepContext, layer: LayerId): Promise<boolean> {
  try {
    await context.store.layers.get(layer)
    return true
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_LAYER_MISSING') return false
    throw error
  }
}
