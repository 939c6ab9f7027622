import type { CacheIndex, LayerId, SharedWork } from '../../layer-store/index.ts'
import { portableIdentity, underIdentities } from './portable-identity.ts'
import type { ContentKey, Outcome, Runner, RunResult, Solvable } from './runner.ts'

export interface SolveRequest<Operation, Value, Context> {
  readonly targets: readonly Solvable<Operation>[]
  readonly runnerOf: (operation: Operation) => Runner<Operation, Value, Context>
  readonly contextOf: (node: Solvable<Operation>, signal: AbortSignal) => Context
  readonly cache: Pick<CacheIndex, 'find' | 'put'>
  /** Results of other machines, by keys over portable identities. Looked up if `cache` misses. */
  readonly imported?: ImportedCache | undefined
  /** Limits concurrent steps; other work is not held up. */
  readonly enqueue: <Result>(work: () => Promise<Result>, onWait: () => void) => Promise<Result>
  readonly shared: SharedWork<RunResult<Value>>
  readonly onNode: (node: Solvable<Operation>, change: NodeChange) => void
  /** Called once per node, after its keys were looked up and before it runs. */
  readonly onDecided: (node: Solvable<Operation>, decision: Decision) => void
  readonly signal: AbortSignal
}

export interface ImportedCache extends Pick<CacheIndex, 'find'> {
  /** The diff ID, if known without reading the layer. */
  diffIdOf(layer: LayerId): Promise<string | undefined>
}

export type NodeChange =
  /** Ready, but too many other steps are running. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'started' }
  | { readonly kind: 'cached'; readonly by: 'definition' | 'content' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: unknown }

export interface Decision {
  readonly inputIdentities: readonly (string | undefined)[]
  /** Keys computed so far: a definition that hits needs no content key. */
  readonly keys: readonly string[]
  /** Absent if the node runs. */
  readonly hit?: { readonly by: 'definition' | 'content'; readonly key: string }
}

/** Solved nodes by digest. */
export type Solution<Value> = ReadonlyMap<string, Solved<Value>>

export interface Solved<Value> extends RunResult<Value> {
  /** Identity valid on every machine; absent if unknown. */
  readonly portable?: string
  /** Set if the content was read: computes the content key over other identities. */
  readonly contentKey?: ContentKey
  /** When the result was first created, RFC 3339; absent for sources. */
  readonly createdAt?: string
  readonly isCached: boolean
}

/**
 * Solves nodes and their dependencies: every node once, inputs first, independent nodes concurrently. The first failure
 * stops everything; the promise rejects with it after all other work has ended.
 */
export async function solve<Operation, Value, Context>(
  request: SolveRequest<Operation, Value, Context>,
): Promise<Solution<Value>> {
  const stop = new AbortController()
  const signal = AbortSignal.any([request.signal, stop.signal])
  const stoppable = { ...request, signal }
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
    const result = await settleNode(stoppable, node, inputs)
    solved.set(node.digest, result)
    return result
  }

  await Promise.allSettled(request.targets.map(solveOnce))
  await Promise.allSettled(started.values())
  if (firstFailure) throw firstFailure.error
  return solved
}

/** From the cache if a record exists and its result does too, else by running. */
async function settleNode<Operation, Value, Context>(
  request: SolveRequest<Operation, Value, Context>,
  node: Solvable<Operation>,
  inputs: readonly Solved<Value>[],
): Promise<Solved<Value>> {
  const { signal } = request
  const job = { node, runner: request.runnerOf(node.operation), inputs, context: request.contextOf(node, signal) }
  try {
    const definition = keysOf(job, (known) => job.runner.definitionKey(node, known))
    const decide = (keys: readonly (string | undefined)[], hit?: Decision['hit']) => {
      const inputIdentities = inputs.map(({ identity }) => identity)
      request.onDecided(node, { inputIdentities, keys: keys.filter((key) => key !== undefined), ...(hit && { hit }) })
    }
    const byDefinition = await recall(request, job, definition)
    if (definition.own && byDefinition) {
      decide([definition.own], { by: 'definition', key: definition.own })
      request.onNode(node, { kind: 'cached', by: 'definition' })
      return await solvedAs(request, job, byDefinition)
    }
    const contentKey = await job.runner.readContent(node, inputs, job.context)
    const content = keysOf(job, (known) => contentKey?.(known.map(({ identity }) => identity)))
    const byContent = await recall(request, job, content)
    if (content.own && byContent) {
      decide([definition.own, content.own], { by: 'content', key: content.own })
      // Next time the definition key suffices.
      if (definition.own && byContent.record) await request.cache.put(definition.own, byContent.record)
      request.onNode(node, { kind: 'cached', by: 'content' })
      return await solvedAs(request, job, { ...byContent, contentKey })
    }
    decide([definition.own, content.own])
    const result = await runNode(request, job, [definition.own, content.own])
    return await solvedAs(request, job, result.isOutdated ? result : { ...result, contentKey })
  } catch (error) {
    if (!signal.aborted) request.onNode(node, { kind: 'failed', error })
    throw error
  }
}

interface Job<Operation, Value, Context> {
  readonly node: Solvable<Operation>
  readonly runner: Runner<Operation, Value, Context>
  readonly inputs: readonly Solved<Value>[]
  readonly context: Context
}

/** One key of a node, for the local cache and for caches of other machines. */
interface Keys {
  readonly own: string | undefined
  readonly portable: string | undefined
}

function keysOf<Operation, Value, Context>(
  { inputs }: Job<Operation, Value, Context>,
  keyOn: (inputs: readonly Outcome<Value>[]) => string | undefined,
): Keys {
  const identities = inputs.map(({ portable }) => portable)
  return { own: keyOn(inputs), portable: keyOn(underIdentities(inputs, identities)) }
}

type Recalled<Value> = RunResult<Value> & Pick<Solved<Value>, 'createdAt' | 'isCached'>

/** Looks in the local cache, then in imported caches, copying hits to the local one. */
async function recall<Operation, Value, Context>(
  request: SolveRequest<Operation, Value, Context>,
  { node, runner, inputs, context }: Job<Operation, Value, Context>,
  { own, portable }: Keys,
): Promise<Recalled<Value> | undefined> {
  if (own === undefined || node.ignoreCache) return undefined
  const known = await request.cache.find(own)
  const record = known ?? (portable === undefined ? undefined : await request.imported?.find(portable))
  if (record === undefined) return undefined
  const outcome = await runner.recall(inputs, record, context)
  if (outcome === undefined) return undefined
  if (known === undefined) await request.cache.put(own, record)
  return { ...outcome, record, createdAt: record.createdAt, isCached: true }
}

async function solvedAs<Operation, Value, Context>(
  request: SolveRequest<Operation, Value, Context>,
  { node, runner, inputs }: Job<Operation, Value, Context>,
  { contentKey, ...outcome }: Recalled<Value> & { readonly contentKey?: ContentKey | undefined },
): Promise<Solved<Value>> {
  const { imported } = request
  const layer = outcome.record?.layer
  const diffId = layer === undefined ? undefined : await imported?.diffIdOf(layer)
  const identities = inputs.map((input) => input.portable)
  const portable = imported && portableIdentity({ node, runner, outcome, diffId }, identities)
  return { ...outcome, ...(portable !== undefined && { portable }), ...(contentKey && { contentKey }) }
}

async function runNode<Operation, Value, Context>(
  request: SolveRequest<Operation, Value, Context>,
  { node, runner, inputs }: Job<Operation, Value, Context>,
  keys: readonly (string | undefined)[],
): Promise<Recalled<Value>> {
  const { signal } = request
  const work = async (workSignal: AbortSignal): Promise<RunResult<Value>> => {
    request.onNode(node, { kind: 'started' })
    const result = await runner.run(node, inputs, request.contextOf(node, workSignal))
    if (result.record && !result.isOutdated)
      for (const key of keys) if (key) await request.cache.put(key, result.record)
    return result
  }
  // Steps that ignore the cache are not shared with other builds either.
  const shareKey = node.ignoreCache ? undefined : keys.find((key) => key !== undefined)
  const start = async () => {
    signal.throwIfAborted()
    return shareKey ? request.shared.run(shareKey, work, signal) : work(signal)
  }
  const onWait = () => request.onNode(node, { kind: 'waiting' })
  const result = await (runner.isStep ? request.enqueue(start, onWait) : start())
  request.onNode(node, { kind: 'done' })
  return { ...result, ...(result.record && { createdAt: result.record.createdAt }), isCached: false }
}
