import type { ContainerRecord, Containers } from '../../container/index.ts'

export interface RemovedContainers {
  readonly ids: readonly string[]
  /** Of their writable layers; 0 unless `size` was asked for. */
  readonly reclaimedBytes: number
}

export interface StoppedRequest {
  readonly endedBeforeMs?: number | undefined
  /** Docker's filters besides, such as label. */
  readonly filters?: Readonly<Record<string, readonly string[]>>
  readonly size?: boolean
}

/** Removes containers that do not run; those that ended before a time, if there is one. */
export async function removeStopped(containers: Containers, request: StoppedRequest): Promise<RemovedContainers> {
  const { filters = {}, size = false, endedBeforeMs = Number.POSITIVE_INFINITY } = request
  const ended = (await containers.list({ all: true, filters, size })).filter(
    (container) => isStopped(container) && endOf(container) < endedBeforeMs,
  )
  for (const { id } of ended) await containers.remove(id)
  return {
    ids: ended.map(({ id }) => id),
    reclaimedBytes: ended.reduce((sum, { sizes }) => sum + (sizes?.writableBytes ?? 0), 0),
  }
}

function isStopped({ state }: ContainerRecord): boolean {
  return state.status === 'created' || state.status === 'exited' || state.status === 'dead'
}

function endOf({ state, createdAt }: ContainerRecord): number {
  return Date.parse(state.finishedAt ?? createdAt)
}
