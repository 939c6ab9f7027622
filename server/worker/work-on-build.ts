import type { BuildRow } from '../state/builds.ts'
import { retryDatabase } from '../state/retry-database.ts'
import type { Lease } from './active-build.ts'
import { finishBuild } from './finish-build.ts'
import { runBuild, type StopReason } from './run-build.ts'
import type { WorkerContext } from './worker-context.ts'

export interface Work {
  readonly build: BuildRow
  readonly lease: Lease
  readonly controller: AbortController
  /** The disk is full. */
  readonly onDiskFull: () => void
}

/** One attempt of a build from start to record; renews its lease meanwhile. Never rejects. */
export async function workOnBuild(context: WorkerContext, work: Work): Promise<void> {
  const { build, lease, controller, onDiskFull } = work
  const { logger } = context
  const about = { build: build.id, project: build.project, attempt: build.attempt }
  const endRenewal = renewLease(context, work)
  let timeout: NodeJS.Timeout | undefined
  try {
    const limitMs = await timeLimitMs(context, build)
    timeout = setTimeout(() => controller.abort({ kind: 'timeout' } satisfies StopReason), limitMs)
    logger.info(about, 'build started')
    const result = await runBuild(context, build, { signal: controller.signal })
    const failure = 'failure' in result ? { failure: result.failure.message } : {}
    if ('failure' in result && result.failure.code === 'SERVER_DISK_FULL') onDiskFull()
    logger.info({ ...about, state: result.state, ...failure }, 'build ended')
    await finishBuild(context, { job: lease.job, build }, result)
  } catch (error) {
    logger.error({ ...about, err: error }, 'cannot record the end of a build')
  } finally {
    endRenewal()
    clearTimeout(timeout)
  }
}

const DEFAULT_LIMIT_SECONDS = 3600

async function timeLimitMs({ projects }: WorkerContext, build: BuildRow): Promise<number> {
  const project = await retryDatabase(() => projects.find(build.project))
  return (project?.settings.build.timeoutSeconds ?? DEFAULT_LIMIT_SECONDS) * 1000
}

/** Stops the build when the lease is lost. Returns a function that stops renewing. */
function renewLease(context: WorkerContext, { build, lease, controller }: Work): () => void {
  const { channels, config, logger, queue } = context
  const renew = (): void => {
    const isHeld = queue.touch(lease.job).then((held) => held || isStillMine(context, build))
    isHeld.then(
      (held) => held || controller.abort({ kind: 'lease-lost' } satisfies StopReason),
      (error: Error) => logger.warn({ err: error, build: build.id }, 'cannot renew the lease'),
    )
  }
  const renewal = setInterval(renew, config.worker.leaseSeconds * 300)
  // The database was unreachable: renew at once, before a server considers the lease expired.
  const unlisten = channels.listen('build', (changed) => changed === undefined && renew())
  return () => {
    clearInterval(renewal)
    unlisten()
  }
}

/** An expired lease is lost only when another worker has taken the build: until then this worker may renew it. */
async function isStillMine({ database, id }: WorkerContext, build: BuildRow): Promise<boolean> {
  const { rowCount } = await database.query(
    `select from builds where id = $1 and attempt = $2 and worker = $3 and state = 'running'`,
    [build.id, build.attempt, id],
  )
  return rowCount === 1
}
