import { openContainers } from '../../container/index.ts'
import type { Digest } from '../../image-spec/index.ts'
import type { LockOptions, PruneRequest, PruneResult, PruneWait } from '../../layer-store/index.ts'
import type { Call } from '../command.ts'

export interface CollectRequest extends Omit<PruneRequest, 'pins'> {
  /** Images that are never removed. */
  readonly keptImages?: () => Promise<readonly Digest[]>
}

/** Removes unused data and the data that `request` names. Data of containers and of running commands is kept. */
export async function collect(
  { engine, io }: Pick<Call, 'engine' | 'io'>,
  { keptImages = async () => [], ...request }: CollectRequest = {},
  wait: PruneWait = {},
): Promise<PruneResult> {
  const opened = await engine()
  const containers = openContainers(opened, { env: io.env })
  const pins = async () => {
    const { images, layers } = await containers.pins()
    return { images: [...images, ...(await keptImages())], layers }
  }
  return opened.store.prune({ ...request, pins }, wait)
}

export const waitFlag = {
  kind: 'bool',
  help: 'Wait until running builds have ended, then also remove what they used',
} as const

/** For a command with `waitFlag`. */
export function pruneWait(call: Pick<Call, 'io' | 'interrupt'>, { wait }: { readonly wait: boolean }): PruneWait {
  return { signal: call.interrupt.signal, ...(wait && { isExclusive: true, ...waitingFor(call) }) }
}

/** Waits for the store and reports once which process is using it. */
export function waitingFor({
  io,
  interrupt,
}: Pick<Call, 'io' | 'interrupt'>): Required<Pick<LockOptions, 'onBusy' | 'signal'>> {
  const onBusy = (message: string) => void io.stderr.write(`${message.replace(/^Cannot lock/, 'Waiting for')}\n`)
  return { onBusy, signal: interrupt.signal }
}
