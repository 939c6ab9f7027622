import { type Digest, digestOf, type ImageConfig, MediaType, present } from '../../image-spec/index.ts'
import { type Chain, type LayerId, type LayerStore, settleAll } from '../../layer-store/index.ts'
import type { BuildPlan } from '../plan/graph/build-plan.ts'
import type { Node } from '../plan/graph/operation.ts'
import { chainOf, type StepValue } from '../run/runners/step-value.ts'
import type { Solution } from '../solve/solve.ts'
import { assembleConfig, type RanEntry } from './assemble-config.ts'

/** A layer without entries. */
const EMPTY_TAR = Buffer.alloc(1024)
const EMPTY_DIFF_ID = digestOf(EMPTY_TAR)

export interface FinishedImage {
  readonly config: ImageConfig
  readonly chain: Chain
  /** Layers of the chain that came with a base image. */
  readonly baseLayers: ReadonlySet<LayerId>
}

export interface FinishRequest {
  readonly plan: BuildPlan
  readonly solution: Solution<StepValue>
  readonly store: LayerStore
  readonly epochSeconds?: number
}

/** Assembles the image configuration: the layers' diff IDs, each with its instruction. */
export async function finishImage(request: FinishRequest, signal: AbortSignal): Promise<FinishedImage> {
  const { plan, solution, store } = request
  const result = await chainOf(solution.get(plan.result.digest))
  const diffIds = await store.layers.diffIds(result, signal)
  const diffIdOf = new Map(result.map((layer, position) => [layer, diffIds[position]]))

  const entries = await settleAll(plan.image.history.map(({ node }) => node && chainsOf(node, solution)))
  const ownCount = entries.reduce((count, entry) => count + (entry?.added.length ?? 0), 0)
  const base = result.slice(0, result.length - ownCount)
  const chain: LayerId[] = [...base]
  const ran: (RanEntry | undefined)[] = []
  for (const entry of entries) {
    if (!entry) {
      ran.push(undefined)
      continue
    }
    // As in BuildKit's images, a step that changed nothing still has a layer.
    const added = entry.added.length > 0 ? entry.added : [await emptyLayer(store)]
    chain.push(...added)
    const own = added.map((layer) => diffIdOf.get(layer) ?? EMPTY_DIFF_ID)
    ran.push({ diffIds: own, name: entry.name, ...(entry.createdAt && { createdAt: entry.createdAt }) })
  }
  const bottom = bottomOf(plan.result)
  const config = assembleConfig({
    image: plan.image,
    baseDiffIds: base.flatMap((layer) => diffIdOf.get(layer) ?? []),
    ...present('baseCreatedAt', solution.get(bottom.digest)?.createdAt),
    ran,
    ...(request.epochSeconds !== undefined && { epochSeconds: request.epochSeconds }),
  })
  const ids = await layersOfImages({ store, chain, diffIds: config.rootfs.diff_ids, ownFrom: base.length }, signal)
  return { config, chain: ids, baseLayers: new Set(isSource(bottom, 'image') ? base : []) }
}

function bottomOf(node: Node): Node {
  const [below] = node.inputs
  return below === undefined || isSource(below, 'scratch') ? node : bottomOf(below)
}

/** The layers of a context that replaces a base image belong to this build. */
function isSource({ operation }: Node, source: 'image' | 'scratch'): boolean {
  return operation.kind === 'source' && operation.source === source
}

interface OwnLayers {
  readonly store: LayerStore
  readonly chain: Chain
  readonly diffIds: readonly Digest[]
  readonly ownFrom: number
}

/**
 * Replaces layers with literal names by layers that images can have. Layers above such a layer may change files that it
 * does not show in an image; they are packed again over what they changed.
 */
async function layersOfImages({ store, chain, diffIds, ownFrom }: OwnLayers, signal: AbortSignal): Promise<Chain> {
  const { layers } = store
  const literal = await Promise.all(chain.slice(ownFrom).map((id) => layers.hasLiteralNames(id)))
  const first = literal.indexOf(true)
  if (first === -1) return chain
  const result = chain.slice(0, ownFrom + first)
  for (const [position, diffId] of diffIds.entries()) {
    if (position < result.length) continue
    const blob = await layers.blob(chain.slice(0, position + 1), { algorithm: 'none', mediaTypes: 'oci' }, signal)
    result.push((await layers.addBlob(blob, diffId)).id)
  }
  return result
}

async function emptyLayer(store: LayerStore): Promise<LayerId> {
  const known = await store.layers.findByDiffId(EMPTY_DIFF_ID)
  if (known && (known.hasTree || known.hasTar || (await store.blobs.has(EMPTY_DIFF_ID)))) return known.id
  const blob = await store.blobs.putBytes(EMPTY_TAR)
  const { id } = await store.layers.addBlob({ mediaType: MediaType.ociLayer, ...blob }, EMPTY_DIFF_ID)
  return id
}

interface NodeLayers {
  readonly added: Chain
  readonly name: string
  readonly createdAt?: string
}

/** The layers that a node added to its first input. */
async function chainsOf(node: Node, solution: Solution<StepValue>): Promise<NodeLayers> {
  const solved = solution.get(node.digest)
  const whole = await chainOf(solved)
  const below = node.inputs[0] ? await chainOf(solution.get(node.inputs[0].digest)) : []
  const createdAt = solved?.createdAt ?? newestInput(node, solution)
  return { added: whole.slice(below.length), name: node.name, ...(createdAt && { createdAt }) }
}

/** A merge creates nothing itself: its time is that of its newest input. */
function newestInput(node: Node, solution: Solution<StepValue>): string | undefined {
  return node.inputs
    .slice(1)
    .flatMap((input) => solution.get(input.digest)?.createdAt ?? [])
    .sort()
    .at(-1)
}
