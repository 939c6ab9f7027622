import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pruneCache } from '../checkout/prune-cache.ts'
import type { WorkerContext } from './worker-context.ts'

const SWEEP_MS = 3_600_000
const turns = new Map<string, Promise<unknown>>()

/** The objects of a project's repository, kept between builds. */
export function repositoryCache({ workDirectory }: Pick<WorkerContext, 'workDirectory'>, project: string): string {
  return join(folderOf(workDirectory), `${project}.git`)
}

/** Only one of a project's builds uses the cache at a time. */
export function inCacheTurn<T>(project: string, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(project) ?? Promise.resolve()).then(work)
  const ended = mine
    .catch(() => undefined)
    .then(() => {
      if (turns.get(project) === ended) turns.delete(project)
    })
  turns.set(project, ended)
  return mine
}

/** Removes caches of deleted projects and prunes the others, now and every hour. Returns a function that stops it. */
export function sweepRepositoryCaches(context: WorkerContext): () => void {
  const stopped = new AbortController()
  const sweepNow = (): void => {
    sweepAll(context, stopped.signal).catch((error: Error) =>
      context.logger.warn({ err: error }, 'cannot remove git caches'),
    )
  }
  const timer = setInterval(sweepNow, SWEEP_MS)
  sweepNow()
  return () => {
    clearInterval(timer)
    stopped.abort()
  }
}

async function sweepAll(context: WorkerContext, signal: AbortSignal): Promise<void> {
  const names = await readdir(folderOf(context.workDirectory)).catch(() => []) // none has been created yet
  for (const project of names.map((name) => basename(name, '.git'))) {
    if (signal.aborted) return
    await inCacheTurn(project, () => sweep(context, project, signal))
  }
}

async function sweep(context: WorkerContext, project: string, signal: AbortSignal): Promise<void> {
  const { config, logger, projects } = context
  const cache = repositoryCache(context, project)
  if ((await projects.find(project)) === undefined) {
    await rm(cache, { recursive: true, force: true, maxRetries: 3 })
    logger.info({ project }, 'git cache of a deleted project removed')
    return
  }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(config.git.timeoutSeconds * 1000)])
  await pruneCache(cache, config.store.keepDays, deadline).catch((error: Error) => {
    if (!signal.aborted) logger.warn({ err: error, project }, 'cannot prune the git cache')
  })
}

function folderOf(workDirectory: string): string {
  return join(workDirectory, 'repositories')
}
