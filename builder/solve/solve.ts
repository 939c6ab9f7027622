import type { CacheIndex, SharedWork } from '../../layer-store/index.ts'
import type { Made, Outcome, Runner, Solvable } from './runner.ts'

export interface SolveRequest<Operation, Value, Context> {
  readonly targets: readonly Solvable<Operation>[]
  readonly runnerOf: (operation: Operation) => Runner<Operation, Value, Context>
  readonly contextOf: (node: Solvable<Operation>, signal: AbortSignal) => Context
  readonly cache: Pick<CacheIndex, 'find' | 'put'>
  /** Limits how many steps run at once; other work is not held up. */
  readonly enqueue: <Result>(work: () => Promise<Result>, onWait: () => void) => Promise<Result>
  readonly shared: SharedWork<Made<Value>>
  readonly onNode: (node: Solvable<Operation>, change: NodeChange) => void
  /** Told once a node, when its keys were looked up and before it is run. */
  readonly onDecided: (node: Solvable<Operation>, decision: Decision) => void
  readonly signal: AbortSignal
}

export type NodeChange =
  /** Everything it needs is there, but too many other steps are running. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'started' }
  | { readonly kind: 'cached'; readonly by: 'definition' | 'content' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: unknown }

export interface Decision {
  readonly inputIdentities: readonly (string | undefined)[]
  /** As far as they were made: a definition that hits needs no content key. */
  readonly keys: readonly string[]
  /** Absent: the node is run. */
  readonly hit?: { readonly by: 'definition' | 'content'; readonly key: string }
}

/** Solved nodes by digest. */
export type Solution<Value> = ReadonlyMap<string, Solved<Value>>

export interface Solved<Value> extends Outcome<Value> {
  /** When the result was first made, RFC 3339; absent for sources. */
  readonly createdAt?: string
  readonly isCached: boolean
}

/**
 * Solves nodes and all they need: every node once, inputs first, independent nodes at once. The first failure stops
 * everything and is what the returned promise rejects with, after all other work has ended.
 */
export async function solve<Operation, Value, Context>(
  request: SolveRequest<Operation, Value, Context>,
): Promise<Solution<Value>> {
  const stop = new AbortController()
  const signal = AbortSignal.any([request.signal, stop.signal])
  const started = new Map<string, Promise<Solved<Value>>>()
  const solved = new Map<string, Solved<Value>>()
  let firstFailure: { readonly error: unknown } | undefined

  const solveOnce = (node: Solvable<Operation>): Promise<Solved<Value>> => {
    const known = started.get(node.digest)
    if (known) return known
    const promise = solveNode(node).catch((error: unknown) => {
      firstFailure ??= { error }
      stop.abort(error)
      throw error
    })
    started.set(node.digest, promise)
    return promise
  }

  const solveNode = async (node: Solvable<Operation>): Promise<Solved<Value>> => {
    const inputs = await Promise.all(node.inputs.map(solveOnce))
    signal.throwIfAborted()
    const result = await settleNode(request, node, inputs, signal)
    solved.set(node.digest, result)
    return result
  }

  await Promise.allSettled(request.targets.map(solveOnce))
  await Promise.allSettled(started.values())
  if (firstFailure) throw firstFailure.error
  return solved
}

/** From the cache if a record is there and its result still is, else by running. */
async function settleNode<Operation, Value, Context>(
  request: SolveRequest<Operation, Value, Context>,
  node: Solvable<Operation>,
  inputs: readonly Outcome<Value>[],
  signal: AbortSignal,
): Promise<Solved<Value>> {
  const job = { node, runner: request.runnerOf(node.operation), inputs, context: request.contextOf(node, signal) }
  try {
    const definitionKey = job.runner.definitionKey(node, inputs)
    const decide = (keys: readonly (string | undefined)[], hit?: Decision['hit']) => {
      const inputIdentities = inputs.map(({ identity }) => identity)
      request.onDecided(node, { inputIdentities, keys: keys.filter((key) => key !== undefined), ...(hit && { hit }) })
    }
    const byDefinition = await recall(request, job, definitionKey)
    if (definitionKey && byDefinition) {
      decide([definitionKey], { by: 'definition', key: definitionKey })
      request.onNode(node, { kind: 'cached', by: 'definition' })
      return byDefinition
    }
    const contentKey = await job.runner.contentKey(node, inputs, job.context)
    const byContent = await recall(request, job, contentKey)
    if (contentKey && byContent) {
      decide([definitionKey, contentKey], { by: 'content', key: contentKey })
      // Next time the definition alone will do.
      if (definitionKey && byContent.record) await request.cache.put(definitionKey, byContent.record)
      request.onNode(node, { kind: 'cached', by: 'content' })
      return byContent
    }
    decide([definitionKey, contentKey])
    return await runNode(request, job, [definitionKey, contentKey], signal)
  } catch (error) {
    if (!signal.aborted) request.onNode(node, { kind: 'failed', error })
    throw error
  }
}

interface Job<Operation, Value, Context> {
  readonly node: Solvable<Operation>
  readonly runner: Runner<Operation, Value, Context>
  readonly inputs: readonly Outcome<Value>[]
  readonly context: Context
}

async function recall<Operation, Value, Context>(
  request: SolveRequest<Operation, Value, Context>,
  { node, runner, inputs, context }: Job<Operation, Value, Context>,
  key: string | undefined,
): Promise<(Solved<Value> & Made<Value>) | undefined> {
  if (key === undefined || node.ignoreCache) return undefined
  const record = await request.cache.find(key)
  const outcome = record && (await runner.recall(inputs, record, context))
  return outcome && { ...outcome, record, createdAt: record.createdAt, isCached: true }
}

async function runNode<Operation, Value, Context>(
  request: SolveRequest<Operation, Value, Context>,
  { node, runner, inputs }: Job<Operation, Value, Context>,
  keys: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<Solved<Value>> {
  const work = async (workSignal: AbortSignal): Promise<Made<Value>> => {
    request.onNode(node, { kind: 'started' })
    const made = await runner.run(node, inputs, request.contextOf(node, workSignal))
    if (made.record) for (const key of keys) if (key) await request.cache.put(key, made.record)
    return made
  }
  // Steps that must not come from the cache are not shared with another build either.
  const shareKey = node.ignoreCache ? undefined : keys.find((key) => key !== undefined)
  const start = async () => {
    signal.throwIfAborted()
    return shareKey ? request.shared.run(shareKey, work, signal) : work(signal)
  }
  const onWait = () => request.onNode(node, { kind: 'waiting' })
  const made = await (runner.isStep ? request.enqueue(start, onWait) : start())
  request.onNode(node, { kind: 'done' })
  return { ...made, ...(made.record && { createdAt: made.record.createdAt }), isCached: false }
}
