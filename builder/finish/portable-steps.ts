import type { Digest } from '../../image-spec/index.ts'
import type { CacheEntry } from '../../images/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { Node } from '../plan/graph/operation.ts'
import type { ImportedCaches } from '../run/import-caches.ts'
import { runnerOf } from '../run/runners/runner-table.ts'
import { chainOf, type StepValue } from '../run/runners/step-value.ts'
import { portableIdentity, underIdentities } from '../solve/portable-identity.ts'
import type { Solution, Solved } from '../solve/solve.ts'

export interface SolvedNodes {
  /** Inputs come before users. */
  readonly nodes: readonly Node[]
  readonly solution: Solution<StepValue>
  /** Imported caches, whose keys for a result are kept, including those that this build did not need. */
  readonly imported?: Pick<ImportedCaches, 'keysOf'> | undefined
}

export interface PortableStep {
  readonly node: Node
  readonly solved: Solved<StepValue>
  readonly diffId: Digest | undefined
  readonly keys: readonly string[]
}

/** The steps with portable keys: computed like the store's own, but over diff IDs in place of layers. */
export async function portableSteps(
  store: LayerStore,
  { nodes, solution, imported }: SolvedNodes,
  signal: AbortSignal,
): Promise<readonly PortableStep[]> {
  const portable = new Map<string, string>()
  const steps: PortableStep[] = []
  for (const node of nodes) {
    const solved = solution.get(node.digest)
    if (solved === undefined) continue
    const identities = node.inputs.map(({ digest }) => portable.get(digest))
    const inputs = node.inputs.flatMap(({ digest }) => solution.get(digest) ?? [])
    if (inputs.length !== node.inputs.length) continue
    const runner = runnerOf(node.operation)
    const diffId = await diffIdOf(store, solved, signal)
    const identity = portableIdentity({ node, runner, outcome: solved, diffId }, identities)
    if (identity !== undefined) portable.set(node.digest, identity)
    if (solved.record?.layer !== undefined && diffId === undefined) continue
    const definition = runner.definitionKey(node, underIdentities(inputs, identities))
    const own = [definition, solved.contentKey?.(identities)].filter((key) => key !== undefined)
    const more = (solved.record && (await imported?.keysOf(diffId, solved.record))) ?? []
    steps.push({ node, solved, diffId, keys: [...new Set([...own, ...more])] })
  }
  return steps
}

/** Undefined without a layer, and for a layer with literal names, which neither images nor other machines can have. */
async function diffIdOf(
  store: LayerStore,
  solved: Solved<StepValue>,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  const layer = solved.record?.layer
  if (layer === undefined || (await store.layers.hasLiteralNames(layer))) return undefined
  const known = (await store.layers.get(layer)).diffId
  if (known !== undefined) return known
  return (await store.layers.diffIds(await chainOf(solved), signal)).at(-1)
}

/** Cache entries of the steps, one for each of their keys. */
export function entriesOf(steps: readonly PortableStep[]): readonly CacheEntry[] {
  return steps.flatMap(({ keys, diffId, solved: { record } }) =>
    record === undefined ? [] : keys.map((key) => entryOf(key, diffId, record)),
  )
}

function entryOf(
  key: string,
  diffId: Digest | undefined,
  { facts, createdAt, description }: NonNullable<Solved<StepValue>['record']>,
): CacheEntry {
  return { key, ...(diffId && { diffId }), ...(facts && { facts }), createdAt, description }
}
