import { type StoreUpkeep, startStoreUpkeep } from '../store-upkeep/start-store-upkeep.ts'
import type { ActiveBuild } from './active-build.ts'
import { removeLeftOverHomes } from './build-directories.ts'
import { checkStops } from './check-stops.ts'
import { lockWorkDirectory } from './lock-work-directory.ts'
import { sweepRepositoryCaches } from './repository-caches.ts'
import type { StopReason } from './run-build.ts'
import { createBuildTaker } from './take-builds.ts'
import type { WorkerContext } from './worker-context.ts'
import { removeWorker, renewWorker } from './worker-record.ts'

export interface Worker {
  readonly running: number
  readonly stores: StoreUpkeep
  /** Takes no more builds; lets running builds finish within the time, then hands them back. */
  drain(): Promise<void>
}

/** Maximum delay after a missed notification. */
const POLL_MS = 5000
const RENEW_MS = 10_000

/** Runs builds: woken by notifications; polling is only a fallback. */
export async function startWorker(context: WorkerContext): Promise<Worker> {
  const { channels, config, id, logger } = context
  const unlock = await lockWorkDirectory(context.workDirectory, context.lockFile)
  await removeLeftOverHomes(context)
  const active = new Map<number, ActiveBuild>()
  const stores = startStoreUpkeep({ ...context, isIdle: () => active.size === 0 })
  const taker = createBuildTaker(context, { active, stores })
  const unlisten = [
    sweepRepositoryCaches(context),
    channels.listen('queue', taker.wake),
    channels.listen('build', (build) => void checkStops(context, active, build)),
  ]
  const poll = setInterval(() => {
    taker.wake()
    void checkStops(context, active, undefined)
  }, POLL_MS)
  let draining = false
  const renewal = setInterval(() => void renewWorker(context, { draining }), RENEW_MS)
  await renewWorker(context, { draining })
  taker.wake()
  logger.info({ worker: id, slots: config.worker.slots }, 'worker started')
  return {
    get running() {
      return active.size
    },
    stores,
    drain: async () => {
      taker.stop()
      clearInterval(poll)
      await stores.stop()
      draining = true
      await renewWorker(context, { draining })
      await taker.settled()
      await waitForBuilds(active, config.worker.drainSeconds)
      clearInterval(renewal)
      for (const end of unlisten) end()
      await removeWorker(context)
      unlock()
    },
  }
}

/** Builds that run longer are handed back. */
async function waitForBuilds(active: ReadonlyMap<number, ActiveBuild>, drainSeconds: number): Promise<void> {
  const timer = setTimeout(() => {
    for (const { controller } of active.values()) controller.abort({ kind: 'shutdown' } satisfies StopReason)
  }, drainSeconds * 1000)
  await Promise.all([...active.values()].map(({ done }) => done))
  clearTimeout(timer)
}
