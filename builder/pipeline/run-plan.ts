import type { CacheIndex } from '../../layer-store/index.ts'
import type { BuildContexts } from '../context/build-contexts.ts'
import type { ReadRecord } from '../explain/build-record.ts'
import type { BuildMemory } from '../explain/explain-build.ts'
import { manifestDirectory } from '../explain/file-manifests.ts'
import type { BuildPlan } from '../plan/graph/build-plan.ts'
import { nodesOf } from '../plan/graph/nodes-of.ts'
import type { Node, Operation } from '../plan/graph/operation.ts'
import type { BuildEvent } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import type { BuildTools } from '../run/build-tools.ts'
import { requestedDigests } from '../run/requested-digests.ts'
import { createWorkingTrees } from '../run/runners/command/working-trees.ts'
import { runnerOf } from '../run/runners/runner-table.ts'
import type { CacheMount, StepContext, StepOptions } from '../run/runners/step-context.ts'
import type { StepValue } from '../run/runners/step-value.ts'
import { createStepEvents, type StepEvents } from '../run/step-events.ts'
import { type Decision, type ImportedCache, type NodeChange, type Solution, solve } from '../solve/solve.ts'

export interface RunPlanRequest {
  /** One per platform; common nodes run once. */
  readonly plans: readonly BuildPlan[]
  readonly contexts: BuildContexts
  readonly memory: BuildMemory
  readonly options: StepOptions
  readonly defer: (close: () => Promise<void>) => void
  readonly cache: Pick<CacheIndex, 'find' | 'put'>
  readonly imported?: ImportedCache | undefined
  readonly emit: (event: BuildEvent) => void
  readonly signal: AbortSignal
}

/** Solves the plans' results, reporting every step as events. */
export async function runPlan(tools: BuildTools, request: RunPlanRequest): Promise<Solution<StepValue>> {
  const { plans, emit, signal } = request
  const nodes = new Map(nodesOf(plans).map((node) => [node.digest, node]))
  const results = plans.map(({ result }) => result)
  const kept = keptNodes(results)
  request.contexts.prefetch(requestedDigests([...nodes.values()]), signal)
  const emptied = cachesToEmpty([...nodes.values()])
  if (emptied.length > 0) await tools.cacheMounts.empty(emptied, signal)

  const events = createStepEvents(emit)
  request.defer(async () => events.settle()) // finishing an image may pull its base
  const fates = followFates(nodes, request.memory, events)
  const shared = sharedContext(tools, request)

  const contextOf = (node: { readonly digest: string }, nodeSignal: AbortSignal): StepContext => ({
    ...shared,
    report: events.reportOf(node.digest, nodeSignal),
    name: nodes.get(node.digest)?.name ?? '',
    isKept: kept.has(node.digest),
    noteRead: (read) => fates.noteRead(node.digest, read),
    signal: nodeSignal,
  })

  let isFailed = false
  try {
    return await solve<Operation, StepValue, StepContext>({
      targets: results,
      runnerOf,
      contextOf,
      cache: request.cache,
      imported: request.imported,
      enqueue: tools.enqueueStep,
      shared: tools.shared,
      onNode: fates.onNode,
      onDecided: fates.onDecided,
      signal,
    })
  } catch (error) {
    isFailed = true
    const failed = fates.failed()
    throw failed ? placed(error, failed) : error
  } finally {
    events.settle()
    await request.memory.close().catch((error: unknown) => {
      if (!isFailed) throw error // a full disk fails both, and the step is the cause
    })
  }
}

/** Reports nodes as events if they are shown, and decisions for the build record. */
function followFates(nodes: ReadonlyMap<string, Node>, memory: RunPlanRequest['memory'], events: StepEvents) {
  const reads = new Map<string, ReadRecord[]>()
  let failed: Node | undefined
  return {
    noteRead: (digest: string, read: ReadRecord) => void reads.set(digest, [...(reads.get(digest) ?? []), read]),
    onNode: (node: { readonly digest: string }, change: NodeChange) => {
      const planned = nodes.get(node.digest)
      if (planned && (change.kind === 'cached' || change.kind === 'done')) memory.finished(planned)
      if (!planned || !isShown(planned)) return
      if (change.kind === 'failed') failed ??= planned
      events.changed(node.digest, change)
    },
    onDecided: (node: { readonly digest: string }, decision: Decision) => {
      const planned = nodes.get(node.digest)
      if (planned) memory.decided(planned, { ...decision, reads: reads.get(node.digest) ?? [] })
    },
    failed: () => failed,
  }
}

type SharedContext = Omit<StepContext, 'report' | 'name' | 'isKept' | 'noteRead' | 'signal'>

function sharedContext(tools: BuildTools, { contexts, options, defer }: RunPlanRequest): SharedContext {
  const workingTrees = createWorkingTrees(tools.store.layers)
  defer(() => workingTrees.close())
  return {
    store: tools.store,
    native: tools.native,
    cacheMounts: tools.cacheMounts,
    manifestDirectory: manifestDirectory(tools.store.root),
    contexts,
    workingTrees,
    options,
    defer,
  }
}

/** SPEC: in BuildKit a command that ignores the cache finds its cache mounts empty. */
export function cachesToEmpty(nodes: readonly Node[]): readonly CacheMount[] {
  return nodes.flatMap(({ operation, ignoreCache }) =>
    ignoreCache && operation.kind === 'exec' ? operation.mounts.filter((mount) => mount.type === 'cache') : [],
  )
}

/** A scratch source has nothing to show. */
export function isShown({ operation }: Node): boolean {
  return !(operation.kind === 'source' && operation.source === 'scratch')
}

/** Adds the step's position in the Dockerfile to a failure. */
function placed(error: unknown, node: Node): unknown {
  if (!(error instanceof Error) || node.range === undefined) return error
  if (error instanceof BuildError) {
    if (error.range) return error
    const { message, code, hint, exitCode, diagnostics, cause } = error
    return new BuildError(code, message, {
      hint,
      cause,
      diagnostics,
      range: node.range,
      ...(exitCode !== undefined && { exitCode }),
    })
  }
  return Object.assign(error, { range: node.range })
}

/** The nodes whose layers are in the results: follows first inputs, and all inputs of a merge. */
export function keptNodes(results: readonly Node[]): ReadonlySet<string> {
  const kept = new Set<string>()
  const visit = (node: Node): void => {
    if (kept.has(node.digest)) return
    kept.add(node.digest)
    const below = node.operation.kind === 'merge' ? node.inputs : node.inputs.slice(0, 1)
    for (const input of below) visit(input)
  }
  for (const result of results) visit(result)
  return kept
}
