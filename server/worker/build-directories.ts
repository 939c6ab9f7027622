import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isRunning } from '../is-running.ts'
import type { BuildRow } from '../state/builds.ts'
import type { SystemUser } from '../system-user.ts'
import type { WorkerContext } from './worker-context.ts'

/** Checkout, login of git and process of one attempt. */
export function homeOf({ workDirectory }: Pick<WorkerContext, 'workDirectory'>, { id, attempt }: BuildRow): string {
  return join(workDirectory, `${process.pid}-build-${id}-${attempt}`)
}

/** Directories of killed workers, some with keys of git. A process in a container often has the PID of its predecessor. */
export async function removeLeftOverHomes({ workDirectory }: Pick<WorkerContext, 'workDirectory'>): Promise<void> {
  const names = await readdir(workDirectory).catch(() => []) // none has been created yet
  for (const name of names) {
    const pid = Number(/^(\d+)-build-/.exec(name)?.[1] ?? Number.NaN)
    const isLeftOver = pid === process.pid || (pid > 0 && !isRunning(pid))
    if (isLeftOver) await rm(join(workDirectory, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

/** SECURITY: for one build's user only; other users, such as those of other builds, cannot enter it. */
export async function createHome(
  { workDirectory }: Pick<WorkerContext, 'workDirectory'>,
  home: string,
  user: SystemUser | undefined,
): Promise<void> {
  await mkdir(join(home, 'process'), { recursive: true, mode: 0o700 })
  if (user === undefined) return
  await chmod(workDirectory, 0o711)
  for (const path of [home, join(home, 'process')]) await chown(path, user.uid, user.gid)
}

/** Layers belong to the user that created them; therefore each build user has a separate store. */
export async function storeOf(
  { storeDirectory }: Pick<WorkerContext, 'storeDirectory'>,
  user: SystemUser | undefined,
): Promise<string> {
  if (user === undefined) return storeDirectory
  const store = join(`${storeDirectory}-users`, user.name)
  await mkdir(dirname(store), { recursive: true, mode: 0o711 })
  for (const path of [store, `${store}-forks`]) {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await chown(path, user.uid, user.gid)
  }
  return store
}
