import type { Digest } from '../../image-spec/index.ts'
import { type CacheEntry, writeCache } from '../../images/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { Node } from '../plan/graph/operation.ts'
import type { BuildEvent, BuildRequest, CacheExport } from '../request/builder.ts'
import type { BuildTools } from '../run/build-tools.ts'
import { lostLayerOf } from '../run/lost-layer.ts'
import { runnerOf } from '../run/runners/runner-table.ts'
import { chainOf, type StepValue } from '../run/runners/step-value.ts'
import { portableIdentity, underIdentities } from '../solve/portable-identity.ts'
import type { Solution, Solved } from '../solve/solve.ts'

export interface CacheExports {
  readonly request: BuildRequest
  /** Inputs before users. */
  readonly nodes: readonly Node[]
  /** Digests of those whose layers are in the result. */
  readonly kept: ReadonlySet<string>
  readonly solution: Solution<StepValue>
  readonly emit: (event: BuildEvent) => void
}

/** Writes each cache that was asked for, shown as a step. */
export async function exportCaches(tools: BuildTools, exports: CacheExports, signal: AbortSignal): Promise<void> {
  const { request, emit } = exports
  const steps = await portableSteps(tools.store, exports, signal)
  for (const [position, wanted] of (request.cacheTo ?? []).entries()) {
    const step = `cache ${position}`
    emit({
      kind: 'planned',
      steps: [{ id: step, name: `exporting cache to ${wanted.place.type}`, inputs: [] }],
      atMs: Date.now(),
    })
    emit({ kind: 'step-started', step, atMs: Date.now() })
    try {
      await exportOne(tools, { ...exports, steps, wanted }, signal)
      emit({ kind: 'step-done', step, atMs: Date.now() })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (signal.aborted || lostLayerOf(error) !== undefined) throw error
      emit({ kind: 'step-failed', step, message, atMs: Date.now() })
      if (!wanted.ignoreError) throw error
      emit({ kind: 'warning', warning: { code: 'CacheExportFailed', message }, atMs: Date.now() })
    }
  }
}

interface OneExport extends CacheExports {
  readonly steps: readonly PortableStep[]
  readonly wanted: CacheExport
}

async function exportOne(tools: BuildTools, { steps, wanted, kept, request }: OneExport, signal: AbortSignal) {
  const backend = await tools.caches.open(wanted.place)
  const entries = steps.flatMap(({ keys, diffId, solved: { record } }) =>
    record === undefined ? [] : keys.map((key): CacheEntry => entryOf(key, diffId, record)),
  )
  const layers = new Map(
    steps.flatMap(({ node, diffId, solved }) => {
      const id = solved.record?.layer
      if (id === undefined || diffId === undefined || (wanted.mode === 'min' && !kept.has(node.digest))) return []
      return [[diffId, { id, diffId, chain: () => chainOf(solved) }]]
    }),
  )
  const { compression = 'gzip' } = wanted
  const near = request.tags ?? []
  await writeCache({ store: tools.store, backend, entries, layers: [...layers.values()], compression, near }, signal)
}

function entryOf(
  key: string,
  diffId: Digest | undefined,
  { facts, createdAt, description }: NonNullable<Solved<StepValue>['record']>,
): CacheEntry {
  return { key, ...(diffId && { diffId }), ...(facts && { facts }), createdAt, description }
}

interface PortableStep {
  readonly node: Node
  readonly solved: Solved<StepValue>
  readonly diffId: Digest | undefined
  readonly keys: readonly string[]
}

/** The steps with the keys that other machines look for: as those of this store, but over diff IDs in place of layers. */
async function portableSteps(
  store: LayerStore,
  { nodes, solution }: CacheExports,
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
    const own = portableIdentity({ node, runner, outcome: solved, diffId }, identities)
    if (own !== undefined) portable.set(node.digest, own)
    if (solved.record?.layer !== undefined && diffId === undefined) continue
    const definition = runner.definitionKey(node, underIdentities(inputs, identities))
    const keys = [definition, solved.contentKey?.(identities)].filter((key) => key !== undefined)
    steps.push({ node, solved, diffId, keys })
  }
  return steps
}

/** Undefined without a layer, and for one with literal names, which no image and no other machine can have. */
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
