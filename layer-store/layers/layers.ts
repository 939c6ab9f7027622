import { readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Descriptor } from '../../image-spec/index.ts'
import { StoreError } from '../errors.ts'
import { settleAll } from '../files/settle-all.ts'
import { createSharedWork, type SharedWork } from '../files/share-inflight.ts'
import type { AroundUnpack, Chain, LayerForm, LayerId, LayerRecord, Layers } from '../layers.ts'
import { addBlob, addRemote, commitTar, commitTree, discard, findKept } from './commit.ts'
import { compressedBlob, existingBlob } from './compress.ts'
import { createTar } from './create-tar.ts'
import { createTree, formsBelow, type LayerParts, readyForm, readyTar, unreadable } from './create-trees.ts'
import { computeDiff } from './diff-ids.ts'
import { createDraft, sweepDead } from './drafts.ts'
import { fetchLayer, isHere, wasRemote } from './fetch-layer.ts'
import { type DiffFact, hasLiteralNames, hasRecord, isLayerId, layerFile, readDiff, readLayer } from './layer-files.ts'
import { readRemoteForms } from './remote-forms.ts'
import { startTree } from './start-tree.ts'
import { verifyFetched } from './verify-layer.ts'

/** Work shared by concurrent callers in this process. */
interface Running {
  readonly trees: SharedWork<void>
  readonly diffs: SharedWork<DiffFact>
  readonly blobs: SharedWork<Descriptor>
  readonly fetched: SharedWork<void>
  /** Clean-up after dead processes, once per process. */
  sweep: Promise<void> | undefined
}

export function createLayers(parts: LayerParts): Layers {
  const { root, lease } = parts
  const running = nothingRunning()
  return {
    ...drafts(parts, running),
    ...contents(parts, running),
    addBlob: (descriptor, diffId) => addBlob(parts, descriptor, diffId),
    addRemote: (diffId, forms) => addRemote(parts, diffId, forms),
    remoteForms: async (id) => (isHere(root, id) ? [] : readRemoteForms(root, id)),
    addresses: async (id) => readRemoteForms(root, id).map(({ address }) => address),
    get: async (id) => {
      await lease.add([id])
      return getLayer(root, id)
    },
    findByDiffId: async (diffId) => {
      const id = await findKept(parts, diffId)
      return id === undefined ? undefined : readLayer(root, id)
    },
    startTree: (below, arriving) => startTree(parts, below, arriving),
    hasLiteralNames: async (id) => hasLiteralNames(root, id),
    existingBlob: async (id, want) => {
      await lease.add([id])
      return existingBlob({ root, blobs: parts.blobs, id }, want)
    },
    list: () => list(root),
  }
}

function nothingRunning(): Running {
  return {
    trees: createSharedWork(),
    diffs: createSharedWork(),
    blobs: createSharedWork(),
    fetched: createSharedWork(),
    sweep: undefined,
  }
}

function drafts(parts: LayerParts, running: Running) {
  return {
    draft: async (form = 'tree') => {
      // What cannot be removed does no harm: the next process tries again.
      running.sweep ??= sweepDead(parts.root, parts.trees).catch(() => {})
      await running.sweep
      return createDraft(parts.root, form)
    },
    commitTree: (draft) => commitTree(parts, draft),
    commitTar: (draft, known) => commitTar(parts, draft, known),
    // A draft that cannot be removed from a failing disk is left to a later process; the reason for abandoning it
    // matters more.
    abandon: (draft) => discard(parts, draft.directory).catch(() => {}),
  } satisfies Partial<Layers>
}

/** Operations that may fetch, unpack or compute first; a lease protects layers from garbage collection meanwhile. */
function contents(parts: LayerParts, running: Running) {
  const { root, lease } = parts
  const blobOf = sharedBlob(parts, running)
  return {
    fetchBlob: async (chain, signal) => {
      await lease.add(chain)
      await fetchVerified({ ...parts, running }, chain, signal)
    },
    trees: async (chain, signal, around) => {
      await lease.add(chain)
      await ensureTrees({ ...parts, running, around }, chain, signal)
      // An overlay accepts each lower directory only once; a layer's content counts at its topmost position.
      return [...new Set([...chain].reverse())].map((id) => layerFile.tree(root, id))
    },
    tar: async (id) => {
      await lease.add([id])
      return readyTar(parts.root, id)
    },
    forms: async (chain, signal, around) => {
      await lease.add(chain)
      return formsOf({ ...parts, running, around }, chain, signal)
    },
    diffIds: async (chain, signal) => {
      await lease.add(chain)
      return allDiffIds({ ...parts, running }, chain, signal)
    },
    blob: async (chain, want, signal) => {
      await lease.add(chain)
      return blobOf(chain, want, signal)
    },
  } satisfies Partial<Layers>
}

/** The chain's last layer as a blob, created once for concurrent callers. */
function sharedBlob(parts: LayerParts, running: Running): Layers['blob'] {
  return (chain, want, signal) => {
    const id = chain.at(-1) ?? unreadable(undefined)
    const key = [id, want.algorithm, want.level, want.keepsKnown, want.mediaTypes].join()
    const work = async (shared: AbortSignal) => {
      await fetchLayer(parts, id, shared)
      const below = () => formsOf({ ...parts, running }, chain.slice(0, -1), shared)
      return compressedBlob({ ...parts, id, below }, want, shared)
    }
    return running.blobs.run(key, work, signal)
  }
}

function getLayer(root: string, id: LayerId): LayerRecord {
  const record = readLayer(root, id)
  if (record !== undefined) return record
  throw layerMissing(id)
}

function layerMissing(id: LayerId): StoreError {
  return new StoreError('STORE_LAYER_MISSING', `Cannot find layer "${id}": not in the store`, {
    hint: 'Pull or build the image again',
  })
}

interface Unpacking extends LayerParts {
  readonly running: Running
  readonly around?: AroundUnpack | undefined
}

/** Bottom first: a layer may contain hard links to files of those below. */
async function ensureTrees(unpacking: Unpacking, chain: Chain, signal?: AbortSignal): Promise<void> {
  await fetchAll(unpacking, chain, signal)
  for (const [position, id] of chain.entries()) {
    if (getLayer(unpacking.root, id).hasTree) continue
    await ensureForms(unpacking, chain.slice(0, position), signal)
    await unpack(unpacking, chain.slice(0, position + 1), signal)
  }
}

async function ensureForms(unpacking: Unpacking, chain: Chain, signal?: AbortSignal): Promise<void> {
  await fetchAll(unpacking, chain, signal)
  for (const [position, id] of chain.entries()) {
    if (readyForm(unpacking.root, id) === undefined) await unpack(unpacking, chain.slice(0, position + 1), signal)
  }
}

/** Fetches remote layers, all concurrently. */
async function fetchAll({ running, ...parts }: Unpacking, chain: Chain, signal?: AbortSignal): Promise<void> {
  const absent = [...chain.keys()].filter((position) => !isHere(parts.root, chain[position] ?? unreadable(undefined)))
  await inParallel(absent, signal, async (position, either) => {
    const id = chain[position] ?? unreadable(undefined)
    await running.fetched.run(id, (shared) => fetchLayer(parts, id, shared), either)
  })
}

/**
 * All work has settled when this rejects: lost layers are removed from the records, which must not happen while a build
 * retries.
 */
async function fetchVerified(unpacking: Unpacking, chain: Chain, signal?: AbortSignal): Promise<void> {
  await fetchAll(unpacking, chain, signal)
  const { running: _, ...parts } = unpacking
  const below = () => Promise.resolve([]) // a blob can be read without them
  const remote = chain.filter((id) => wasRemote(parts.root, id))
  const failures: unknown[] = []
  await inParallel([...remote.keys()], signal, async (position) => {
    const id = remote[position] ?? unreadable(undefined)
    await verifyFetched({ ...parts, below, id }, signal).catch((error: unknown) => failures.push(error))
  })
  if (failures.length > 0) throw failures[0]
}

/** Unpacks the chain's last layer. */
async function unpack({ running, around, ...parts }: Unpacking, chain: Chain, signal?: AbortSignal): Promise<void> {
  const layer = getLayer(parts.root, chain.at(-1) ?? unreadable(undefined))
  const make = (shared: AbortSignal) =>
    parts.unpacksTo === 'tar' && !layer.hasTar ? createTar(parts, layer.id, shared) : createTree(parts, chain, shared)
  const work = () => running.trees.run(layer.id, make, signal)
  await (around === undefined ? work() : around(layer, work))
}

async function formsOf(unpacking: Unpacking, chain: Chain, signal?: AbortSignal): Promise<readonly LayerForm[]> {
  await ensureForms(unpacking, chain, signal)
  return formsBelow(unpacking.root, chain, chain.length)
}

async function allDiffIds(
  unpacking: Unpacking,
  chain: Chain,
  signal?: AbortSignal,
): Promise<readonly DiffFact['diffId'][]> {
  const { running, ...parts } = unpacking
  const facts = chain.map((id) => diffOf(parts.root, id))
  const missing = [...facts.keys()].filter((position) => facts[position] === undefined)
  await inParallel(missing, signal, async (position, either) => {
    const id = chain[position] ?? unreadable(undefined)
    const compute = (shared: AbortSignal) =>
      computeDiff({ ...parts, id, below: () => formsOf(unpacking, chain.slice(0, position), shared) }, shared)
    facts[position] = await running.diffs.run(id, compute, either)
  })
  return facts.map((fact, position) => fact?.diffId ?? unreadable(chain[position]))
}

function diffOf(root: string, id: LayerId): DiffFact | undefined {
  if (!hasRecord(root, id)) throw layerMissing(id)
  return readDiff(root, id)
}

/** The first failure cancels the others. p-queue is loaded only if there is something to queue. */
async function inParallel(
  positions: readonly number[],
  signal: AbortSignal | undefined,
  work: (position: number, signal: AbortSignal | undefined) => Promise<void>,
): Promise<void> {
  if (positions.length <= 1) {
    for (const position of positions) await work(position, signal)
    return
  }
  const { default: PQueue } = await import('p-queue')
  const queue = new PQueue({ concurrency: availableParallelism() })
  const stop = new AbortController()
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const run = async (position: number): Promise<void> => {
    either.throwIfAborted()
    await work(position, either).catch((failure: unknown) => {
      stop.abort(failure) // all others fail with this reason
      throw failure
    })
  }
  await settleAll(positions.map((position) => queue.add(() => run(position))))
}

async function* list(root: string): AsyncGenerator<LayerRecord> {
  for (const name of await readdir(join(root, 'layers'))) {
    const record = isLayerId(name) ? readLayer(root, name) : undefined
    if (record !== undefined) yield record
  }
}
