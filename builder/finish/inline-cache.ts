import { writeInlineCache } from '../../images/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { BuildPlan } from '../plan/graph/build-plan.ts'
import { nodesOf } from '../plan/graph/nodes-of.ts'
import type { StepValue } from '../run/runners/step-value.ts'
import type { Solution } from '../solve/solve.ts'
import { entriesOf, portableSteps, type SolvedNodes } from './portable-steps.ts'

export interface InlineRequest {
  /** Plan for the image's own platform. */
  readonly plan: BuildPlan
  readonly solution: Solution<StepValue>
  readonly store: LayerStore
  readonly imported?: SolvedNodes['imported']
  /** Replaces all timestamps of the build, for reproducible images. */
  readonly epochSeconds?: number
}

/** The cache that the image carries in its configuration (`type=inline`). */
export async function inlineCacheOf(request: InlineRequest, signal: AbortSignal): Promise<string> {
  const { plan, solution, store, imported, epochSeconds } = request
  const entries = entriesOf(await portableSteps(store, { nodes: nodesOf([plan]), solution, imported }, signal))
  if (epochSeconds === undefined) return writeInlineCache(entries)
  const createdAt = new Date(epochSeconds * 1000).toISOString()
  return writeInlineCache(entries.map((entry) => ({ ...entry, createdAt })))
}
