import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { hostPlatform } from '../../image-spec/index.ts'
import type { FoundBase } from '../../images/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { BuildPlan, PlannedHistory } from '../plan/graph/build-plan.ts'
import { canonicalJson } from '../plan/graph/digest.ts'
import type { Node } from '../plan/graph/operation.ts'
import { platformsText } from '../request/requested-platforms.ts'
import type { PlanInputs, Planned } from '../run/prepared-build.ts'
import { type NamedBase, resolveBase } from './resolve-base.ts'

export interface RememberedPlan {
  readonly plan: BuildPlan
  /** The remembered plan, if its bases still resolve to the same images. */
  confirm(signal: AbortSignal): Promise<Planned | undefined>
}

/**
 * The plan of an earlier build of the same text with the same settings. Planning is pure, so it would yield the same
 * plan; not loading the parser and planner halves the time of a cached build.
 */
export async function recallPlan(store: LayerStore, inputs: PlanInputs): Promise<RememberedPlan | undefined> {
  const stored = await store.cache.findBuildRecord(planName(inputs))
  if (!isStoredPlan(stored)) return undefined
  const plan = restore(stored)
  const confirm = async (signal: AbortSignal): Promise<Planned | undefined> => {
    const found = await Promise.all(stored.bases.map((base) => resolveAgain(base, inputs, signal)))
    const bases = found.flatMap((base, position) => (base?.key === stored.bases[position]?.key ? (base ?? []) : []))
    if (bases.length < stored.bases.length) return undefined
    return { plan, diagnostics: stored.diagnostics, bases: new Map(bases.map(({ key, base }) => [key, base])) }
  }
  return { plan, confirm }
}

/** SECURITY: proxy variables may contain credentials, so plans with proxies are not kept. */
export async function rememberPlan(store: LayerStore, inputs: PlanInputs, planned: Planned): Promise<void> {
  const { plan, diagnostics, bases } = planned
  if (plan.proxyEnvironment.length > 0) return
  const position = new Map(plan.nodes.map((node, index) => [node.digest, index]))
  const indexOf = (node: Node): number => position.get(node.digest) ?? -1
  const stored: StoredPlan = {
    kind: 'plan',
    bases: [...bases].map(([key, { name, platform }]) => ({ key, name, platform })),
    nodes: plan.nodes.map((node) => ({ ...node, inputs: node.inputs.map(indexOf) })),
    result: indexOf(plan.result),
    image: {
      ...plan.image,
      history: plan.image.history.map(({ node, ...entry }) => ({ ...entry, ...(node && { node: indexOf(node) }) })),
    },
    diagnostics,
  }
  await store.cache.putBuildRecord(planName(inputs), stored)
}

interface StoredPlan {
  readonly kind: 'plan'
  readonly bases: readonly (Pick<FoundBase, 'name' | 'platform'> & { readonly key: string })[]
  /** Inputs are indexes into this list, always smaller than the node's own. */
  readonly nodes: readonly (Omit<Node, 'inputs'> & { readonly inputs: readonly number[] })[]
  readonly result: number
  readonly image: Omit<BuildPlan['image'], 'history'> & {
    readonly history: readonly (Omit<PlannedHistory, 'node'> & { readonly node?: number })[]
  }
  readonly diagnostics: Planned['diagnostics']
}

/**
 * The store verifies its records, and the record's name includes the program's version: no further validation is
 * needed.
 */
function isStoredPlan(stored: unknown): stored is StoredPlan {
  return typeof stored === 'object' && stored !== null && 'kind' in stored && stored.kind === 'plan'
}

function restore(stored: StoredPlan): BuildPlan {
  const nodes: Node[] = []
  const nodeAt = (index: number): Node => {
    const node = nodes[index]
    if (!node) throw new Error('a remembered plan has a node before its inputs')
    return node
  }
  for (const node of stored.nodes) nodes.push({ ...node, inputs: node.inputs.map(nodeAt) })
  const history = stored.image.history.map(({ node, ...entry }) => ({
    ...entry,
    ...(node !== undefined && { node: nodeAt(node) }),
  }))
  return { result: nodeAt(stored.result), nodes, image: { ...stored.image, history }, proxyEnvironment: [] }
}

/** If a base no longer resolves, planning starts over and reports the error. */
async function resolveAgain(
  { name, platform }: StoredPlan['bases'][number],
  inputs: PlanInputs,
  signal: AbortSignal,
): Promise<NamedBase | undefined> {
  try {
    return await resolveBase({ reference: name, platform }, inputs, signal)
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

/** Covers everything that planning depends on, including the program itself. */
function planName({ request, source, namedContexts, ignorePatterns, ...more }: PlanInputs): string {
  const { target, buildArgs, labels, network, noCache, noCacheFilter, sourceDateEpoch } = request
  const settings = {
    platform: platformsText(request),
    target,
    buildArgs,
    labels,
    network,
    noCache,
    noCacheFilter,
    sourceDateEpoch,
  }
  const program = statSync(import.meta.filename)
  const stamp = [import.meta.filename, program.size, program.mtimeMs]
  const everything = {
    stamp,
    host: hostPlatform(),
    text: source.text,
    settings,
    namedContexts,
    ignorePatterns,
    isOneOfSeveral: more.isOneOfSeveral ?? false,
    checksAllStages: more.checksAllStages ?? false,
  }
  return `plan ${createHash('sha256').update(canonicalJson(everything)).digest('hex')}`
}
