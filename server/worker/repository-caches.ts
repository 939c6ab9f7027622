import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
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

/** Removes caches of deleted projects, now and every hour. Returns a function that stops it. */
export function sweepRepositoryCaches(context: WorkerContext): () => void {
  const sweep = (): void => {
    removeUnused(context).catch((error: Error) => context.logger.warn({ err: error }, 'cannot remove git caches'))
  }
  const timer = setInterval(sweep, SWEEP_MS)
  sweep()
  return () => clearInterval(timer)
}

async function removeUnused(context: WorkerContext): Promise<void> {
  const names = await readdir(folderOf(context.workDirectory)).catch(() => []) // none has been created yet
  for (const project of names.map((name) => basename(name, '.git'))) {
    await inCacheTurn(project, async () => {
      if ((await context.projects.find(project)) !== undefined) return
      await rm(repositoryCache(context, project), { recursive: true, force: true, maxRetries: 3 })
      context.logger.info({ project }, 'git cache of a deleted project removed')
    })
  }
}

function folderOf(workDirectory: string): string {
  return join(workDirectory, 'repositories')
}
