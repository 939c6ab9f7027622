import type { Chain, ImageConfig, LayerId, LayerStore } from '../layer-store/index.ts'
import { assembleConfig, EMPTY_DIFF_ID, type RanEntry } from './assemble-config.ts'
import type { BuildPlan } from './graph/build-plan.ts'
import type { Node } from './graph/operation.ts'
import { chainOf, type StepValue } from './runners/step-value.ts'
import type { Solution } from './solve/solve.ts'

export interface FinishedImage {
  readonly config: ImageConfig
  readonly chain: Chain
  /** Those of the chain that came with the base image. */
  readonly baseLayers: ReadonlySet<LayerId>
}

export interface FinishRequest {
  readonly plan: BuildPlan
  readonly solution: Solution<StepValue>
  readonly store: LayerStore
  readonly epochSeconds?: number
}

/** Puts the configuration together: diff ids of the kept layers, each with its instruction; empty layers drop out. */
export async function finishImage(request: FinishRequest, signal: AbortSignal): Promise<FinishedImage> {
  const { plan, solution, store } = request
  const result = await chainOf(solution.get(plan.result.digest))
  const diffIds = await store.layers.diffIds(result, signal)
  const diffIdOf = new Map(result.map((layer, position) => [layer, diffIds[position]]))
  const isKept = (layer: LayerId): boolean => diffIdOf.get(layer) !== EMPTY_DIFF_ID

  const chains = await Promise.all(plan.image.history.map(({ node }) => node && chainsOf(node, solution)))
  const own = new Set<LayerId>(chains.flatMap((entry) => entry?.added ?? []))
  const ran = chains.map((entry): RanEntry | undefined => {
    if (!entry) return undefined
    const kept = entry.added.filter(isKept).flatMap((layer) => diffIdOf.get(layer) ?? [])
    return { diffIds: kept, ...(entry.createdAt && { createdAt: entry.createdAt }) }
  })
  const base = result.filter((layer) => !own.has(layer))
  const config = assembleConfig({
    image: plan.image,
    baseDiffIds: base.flatMap((layer) => diffIdOf.get(layer) ?? []),
    ran,
    ...(request.epochSeconds !== undefined && { epochSeconds: request.epochSeconds }),
    nowMs: Date.now(),
  })
  const chain = result.filter((layer) => !own.has(layer) || isKept(layer))
  return { config, chain, baseLayers: new Set(base) }
}

interface NodeLayers {
  readonly added: Chain
  readonly createdAt?: string
}

/** The layers that a node put on its first input. */
async function chainsOf(node: Node, solution: Solution<StepValue>): Promise<NodeLayers> {
  const solved = solution.get(node.digest)
  const whole = await chainOf(solved)
  const below = node.inputs[0] ? await chainOf(solution.get(node.inputs[0].digest)) : []
  const createdAt = solved?.createdAt ?? newestInput(node, solution)
  return { added: whole.slice(below.length), ...(createdAt && { createdAt }) }
}

/** A merge makes nothing itself: its time is that of the newest layer that came in. */
function newestInput(node: Node, solution: Solution<StepValue>): string | undefined {
  return node.inputs
    .slice(1)
    .flatMap((input) => solution.get(input.digest)?.createdAt ?? [])
    .sort()
    .at(-1)
}
