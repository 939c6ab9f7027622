import { debuglog } from 'node:util'
import { hasCode } from '../../errors/index.ts'
import type { ArrivingBlob, Chain, LayerId, LayerStore } from '../../layer-store/index.ts'

/** A layer being fetched, between its download and its unpacking. */
export interface Arrival {
  /** File that the blob is being written to; undefined if there is none. */
  readonly begun: Promise<ArrivingBlob | undefined>
  /** Resolves when the layer is in the store and its blob verified; undefined if that failed. */
  readonly added: Promise<LayerId | undefined>
  /** The file is complete, or does not exist. */
  hasEnded(): boolean
  /** Reports the number of bytes in the file. */
  grow(blob: ArrivingBlob, sizeBytes: number): void
  onGrowth(listener: (sizeBytes: number) => void): void
  /** Without an ID, the layer will not arrive. */
  end(id?: LayerId): void
}

export function createArrival(): Arrival {
  const begun = deferred<ArrivingBlob>()
  const added = deferred<LayerId>()
  let receivedBytes = 0
  let hasEnded = false
  let listen = (_sizeBytes: number): void => {}
  return {
    begun: begun.promise,
    added: added.promise,
    hasEnded: () => hasEnded,
    grow: (blob, sizeBytes) => {
      receivedBytes = sizeBytes
      listen(sizeBytes)
      begun.resolve(blob)
    },
    onGrowth: (listener) => {
      listen = listener
      listen(receivedBytes)
    },
    end: (id) => {
      hasEnded = true
      begun.resolve(undefined)
      added.resolve(id)
    },
  }
}

function deferred<Value>() {
  let resolve = (_value: Value | undefined): void => {}
  const promise = new Promise<Value | undefined>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

const debug = debuglog('tsbuild:images')

/** A layer that is not an archive, or not the one that the image's configuration names. */
export interface WrongLayer {
  readonly position: number
  readonly cause: unknown
}

const WRONG = ['TREE_DIGEST', 'STORE_DIGEST_MISMATCH', 'STORE_BAD_LAYER'] as const

/**
 * Unpacks the layers while they arrive, bottom first, so that a pulled image can be run immediately. Returns a
 * wrong layer. Other failures here do not fail the pull: whoever needs the tree unpacks it then, and reports errors.
 */
export async function unpackArriving(
  store: LayerStore,
  arrivals: readonly Arrival[],
  signal: AbortSignal | undefined,
): Promise<WrongLayer | undefined> {
  const chain: LayerId[] = []
  try {
    for (const arrival of arrivals) {
      await followArrival(store, chain, arrival).catch((failure) => debug('not while it arrived: %s', failure))
      const id = await arrival.added
      if (id === undefined) return undefined
      chain.push(id)
      await store.layers.trees(chain, signal)
    }
  } catch (failure) {
    if (hasCode(failure, ...WRONG)) return { position: chain.length - 1, cause: failure }
    debug('left for later: %s', failure)
  }
  return undefined
}

async function followArrival(store: LayerStore, below: Chain, arrival: Arrival): Promise<void> {
  const blob = await arrival.begun
  if (blob === undefined || arrival.hasEnded()) return
  const tree = await store.layers.startTree(below, blob)
  if (tree === undefined) return
  let receivedBytes = 0
  let hasRestarted = false
  arrival.onGrowth((sizeBytes) => {
    hasRestarted ||= sizeBytes < receivedBytes // the download restarted with different bytes than those already unpacked
    receivedBytes = sizeBytes
    if (!hasRestarted) tree.grow(sizeBytes)
  })
  const id = await arrival.added
  if (id === undefined || hasRestarted) await tree.abandon()
  else await tree.finish()
}
