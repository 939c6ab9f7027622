import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, messageOf } from '../../errors/index.ts'
import type { BuildFailure } from '../api/index.ts'
import { type Checkout, checkOut } from '../checkout/check-out.ts'
import { gitLogin } from '../checkout/git-environment.ts'
import { CheckoutRefused } from '../checkout/run-git.ts'
import { ServerError } from '../errors.ts'
import { type EventWriter, openEventWriter } from '../logs/event-writer.ts'
import { maskText } from '../logs/mask-secrets.ts'
import type { BuildRow } from '../state/builds.ts'
import { notify } from '../state/channels.ts'
import { retryDatabase } from '../state/retry-database.ts'
import type { SystemUser } from '../system-user.ts'
import { needsDefaultBranch } from '../tags/image-tags.ts'
import { createHome, homeOf, storeOf } from './build-directories.ts'
import { checkoutStep } from './checkout-step.ts'
import { type DiskQuota, type OverQuota, openDiskQuota, overQuotaFailure } from './disk-quota.ts'
import type { AttemptResult } from './finish-build.ts'
import { jobSpec } from './job-spec.ts'
import { inCacheTurn, repositoryCache } from './repository-caches.ts'
import { runChild } from './run-child.ts'
import { type BuildTrace, traceBuild } from './trace-build.ts'
import { type DiskFull, diskFullFailure, watchDisk } from './watch-disk.ts'
import type { WorkerContext } from './worker-context.ts'

/** Why a running build should be stopped. */
export interface StopReason {
  readonly kind: 'cancelled' | 'superseded' | 'timeout' | 'lease-lost' | 'shutdown'
}
type Stop = StopReason | DiskFull | OverQuota

/** One attempt of a build: checkout, then its process, whose output is stored. Never rejects. */
export async function runBuild(
  context: WorkerContext,
  build: BuildRow,
  { signal }: { readonly signal: AbortSignal },
): Promise<AttemptResult> {
  const trace = traceBuild(context.tracing, build)
  const result = await runAttempt(context, build, { signal, trace })
  trace.end(result)
  return result
}

async function runAttempt(
  context: WorkerContext,
  build: BuildRow,
  { signal: wanted, trace }: { readonly signal: AbortSignal; readonly trace: BuildTrace },
): Promise<AttemptResult> {
  const disk = await watchDisk(context)
  const home = homeOf(context, build)
  const quota = await openDiskQuota(context, home)
  const signal = AbortSignal.any([wanted, disk.signal, quota.signal])
  const user = context.users.take()
  let writer: EventWriter | undefined
  let secrets: ReadonlyMap<string, string> = new Map()
  try {
    secrets = await context.projects.secrets(build.project)
    const plain = await openEventWriter(context.database, {
      build: build.id,
      attempt: build.attempt,
      secrets: secrets.values(),
      maxLogBytes: context.config.retention.logBytesPerBuild,
    })
    writer = trace.around(plain, (text) => maskText(text, secrets.values()))
    return await attempt(context, build, { home, writer, secrets, signal, user, quota })
  } catch (error) {
    const stop = signal.aborted ? (signal.reason as Stop) : undefined
    if (stop !== undefined) return resultOfStop(stop, build, context)
    return resultOfError(error, secrets.values())
  } finally {
    disk.stop()
    quota.stop()
    await writer?.close().catch((error: Error) => context.logger.error({ err: error, build: build.id }, 'log lost'))
    await rm(home, { recursive: true, force: true, maxRetries: 3 }).catch((error: Error) =>
      context.logger.error({ err: error, build: build.id }, 'cannot remove the directory of the build'),
    )
    context.users.release(user) // last: the next build of this user could read remaining files
  }
}

interface Attempt {
  readonly home: string
  readonly writer: EventWriter
  readonly secrets: ReadonlyMap<string, string>
  readonly signal: AbortSignal
  readonly user: SystemUser | undefined
  readonly quota: DiskQuota
}

async function attempt(context: WorkerContext, build: BuildRow, parts: Attempt): Promise<AttemptResult> {
  const { home, writer, secrets, signal, user, quota } = parts
  signal.throwIfAborted()
  await createHome(context, home, user)
  const project = await context.projects.get(build.project)
  const checkout = await checkoutStep(parts, build, (onOutput) => fetchSource(context, build, { ...parts, onOutput }))
  // SECURITY: commit messages may contain a secret of the project.
  const shown = {
    title: maskText(checkout.title, secrets.values()),
    author: maskText(checkout.author, secrets.values()),
  }
  await retryDatabase(() => noteCommit(context, build, { ...checkout, ...shown }))
  const { config } = context
  const storeDirectory = await storeOf(context, user)
  const spec = await jobSpec({ project, build, checkout, secrets, config, storeDirectory })
  const result = await runChild(context, build, {
    spec,
    writer,
    home: join(home, 'process'),
    signal,
    secrets,
    user,
    quota,
  })
  return signal.aborted && result.state !== 'succeeded' ? resultOfStop(signal.reason as Stop, build, context) : result
}

async function fetchSource(
  context: WorkerContext,
  build: BuildRow,
  { home, secrets, signal, onOutput }: Attempt & { readonly onOutput: (text: string) => void },
): Promise<Checkout> {
  const { config, workDirectory, projects } = context
  const { settings } = await projects.get(build.project)
  const { url } = settings.repository
  const login = await gitLogin(url, secrets, {
    directory: join(home, 'git'),
    localRoots: config.git.localRoots,
    knownHostsFile: config.git.knownHostsFile,
    ownKnownHosts: join(workDirectory, 'known_hosts'),
  })
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(config.git.timeoutSeconds * 1000)])
  const fetched = inCacheTurn(build.project, () =>
    checkOut({
      url,
      ref: build.ref,
      commit: build.commit_id ?? undefined,
      isChosen: build.trigger.chosenCommit === true,
      submodules: settings.build.submodules,
      lfs: settings.build.lfs,
      wantsDefaultBranch: needsDefaultBranch(settings),
      cache: repositoryCache(context, build.project),
      directory: join(home, 'source'),
      env: login.env,
      signal: deadline,
      onOutput,
    }),
  )
  try {
    return await fetched
  } catch (error) {
    throw deadline.aborted && !signal.aborted ? checkoutTimedOut(url, config.git.timeoutSeconds) : error
  } finally {
    await login.close()
  }
}

function checkoutTimedOut(url: string, seconds: number): ServerError {
  return new ServerError(
    'SERVER_CHECKOUT_FAILED',
    `Cannot check out "${url}": it took longer than ${seconds} seconds`,
    {
      hint: 'Check that this machine can reach the server of the repository, or raise git.timeoutSeconds',
    },
  )
}

async function noteCommit({ database }: WorkerContext, build: BuildRow, checkout: Checkout): Promise<void> {
  await database.transaction(async (queries) => {
    await queries.query(
      `update builds set commit_id = $2, ref = $3, title = coalesce(title, $4), author = coalesce(author, $5) where id = $1`,
      [build.id, checkout.commit, checkout.ref, checkout.title.slice(0, 300), checkout.author.slice(0, 300)],
    )
    notify(queries, 'build', build.id)
  })
}

function resultOfStop(stop: Stop, build: BuildRow, { config }: WorkerContext): AttemptResult {
  const { kind } = stop
  if (kind === 'cancelled' || kind === 'superseded') return { state: kind }
  if (kind === 'timeout') {
    const message = `Cannot finish build "${build.id}": it ran longer than its time limit`
    const hint = 'Raise build.timeoutSeconds in the settings of the project'
    return { state: 'failed', failure: { code: 'SERVER_BUILD_TIMEOUT', message, hint } }
  }
  if (kind === 'disk-full') {
    return { state: 'failed', failure: diskFullFailure(build.id, stop, config.build.minFreeBytes) }
  }
  if (kind === 'over-quota') return { state: 'failed', failure: overQuotaFailure(build.id, stop) }
  return { state: 'handed-back' }
}

function resultOfError(error: unknown, secrets: Iterable<string>): AttemptResult {
  const code = codeOf(error) ?? 'SERVER_BUILD_LOST'
  const message = messageOf(error)
  const hint = error instanceof ServerError ? error.hint : undefined
  const failure: BuildFailure = { code, message: maskText(message, secrets), ...(hint !== undefined && { hint }) }
  const isFinal =
    error instanceof CheckoutRefused ||
    (error instanceof ServerError && error.code !== 'SERVER_CHECKOUT_FAILED' && error.code !== 'SERVER_DATABASE')
  return { state: isFinal ? 'failed' : 'faulted', failure }
}
