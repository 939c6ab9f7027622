import { openContainers } from '../../container/index.ts'
import type { Digest } from '../../image-spec/index.ts'
import type { LockPatience, PruneRequest, PruneResult } from '../../layer-store/index.ts'
import type { Call } from '../command.ts'

export interface CollectRequest extends Omit<PruneRequest, 'pinnedImages' | 'pinnedLayers'> {
  /** Images that stay, whatever else is asked for. */
  readonly keptImages?: readonly Digest[]
}

/** Removes what nothing uses any more, and what `request` names. Containers keep their layers. */
export async function collect(
  { engine, io }: Pick<Call, 'engine' | 'io'>,
  { keptImages = [], ...request }: CollectRequest = {},
  patience: LockPatience = {},
): Promise<PruneResult> {
  const opened = await engine()
  const pins = await openContainers(opened, { env: io.env }).pins()
  const pinned = { pinnedImages: [...pins.images, ...keptImages], pinnedLayers: pins.layers }
  return opened.store.prune({ ...request, ...pinned }, patience)
}

export const waitFlag = {
  kind: 'bool',
  help: 'Wait until running builds have ended, however long that takes [default: up to 20 s]',
} as const

/** For a command with `waitFlag`. */
export function patienceOf(
  { io, interrupt }: Pick<Call, 'io' | 'interrupt'>,
  { wait }: { readonly wait: boolean },
): LockPatience {
  const onBusy = (message: string) => void io.stderr.write(`${message.replace(/^Cannot lock/, 'Waiting for')}\n`)
  return { signal: interrupt.signal, ...(wait && { patienceMs: Number.POSITIVE_INFINITY, onBusy }) }
}

/** A running build holds the store: what is free then goes with the next collection. */
export async function collectIfIdle(call: Pick<Call, 'engine' | 'io'>): Promise<void> {
  try {
    await collect(call, {}, { patienceMs: 0 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'STORE_BUSY')) throw error
  }
}
