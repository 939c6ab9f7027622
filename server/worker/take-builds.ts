import type { ClaimedJob } from '../queue/build-queue.ts'
import type { StoreUpkeep } from '../store-upkeep/start-store-upkeep.ts'
import type { ActiveBuild } from './active-build.ts'
import { claimBuild } from './claim-build.ts'
import { workOnBuild } from './work-on-build.ts'
import type { WorkerContext } from './worker-context.ts'

export interface BuildTaker {
  /** Looks for a build if a slot is free; called whenever there may be one. */
  wake(): void
  /** Takes no more builds. */
  stop(): void
  /** Resolves when no build is being taken. */
  settled(): Promise<void>
}

export interface TakerParts {
  readonly active: Map<number, ActiveBuild>
  readonly stores: StoreUpkeep
}

/** Takes builds from the queue while slots are free. */
export function createBuildTaker(context: WorkerContext, parts: TakerParts): BuildTaker {
  const { config, logger, queue } = context
  const { active } = parts
  let isStopped = false
  let taking: Promise<void> | undefined
  let again = false
  const fill = async (): Promise<void> => {
    do {
      again = false
      while (!isStopped && active.size < config.worker.slots) {
        const job = await queue.take()
        if (job === undefined) break
        await begin(context, job, { ...parts, onEnd: wake })
      }
    } while (again)
  }
  const wake = (): void => {
    again = true
    taking ??= fill()
      .catch((error: Error) => logger.warn({ err: error }, 'cannot claim builds'))
      .finally(() => {
        taking = undefined
        if (again && !isStopped) setImmediate(wake)
        again = false
      })
  }
  return {
    wake,
    stop: () => {
      isStopped = true
    },
    settled: async () => taking,
  }
}

async function begin(
  context: WorkerContext,
  job: ClaimedJob,
  { active, stores, onEnd }: TakerParts & { readonly onEnd: () => void },
): Promise<void> {
  const own = active.get(job.data.build)
  if (own !== undefined && !own.controller.signal.aborted) {
    own.lease.job = job // it expired while the database was away; the build continues
    return
  }
  await own?.done
  const build = await claimBuild(context, job)
  if (build === undefined) return
  const [controller, lease] = [new AbortController(), { job }]
  const done = workOnBuild(context, { build, lease, controller, onDiskFull: stores.hurry }).finally(() => {
    active.delete(build.id)
    if (active.size === 0) stores.onIdle()
    onEnd()
  })
  active.set(build.id, { controller, lease, attempt: build.attempt, done })
}
