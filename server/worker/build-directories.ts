import { chmod, chown, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SystemUser } from '../system-user.ts'
import type { WorkerContext } from './worker-context.ts'

/** SECURITY: for one build's user only; other users, such as those of other builds, cannot enter it. */
export async function makeHome(
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
