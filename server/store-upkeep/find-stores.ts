import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { findUser, type SystemUser } from '../system-user.ts'

export interface FoundStore {
  readonly directory: string
  /** Undefined: the user of this process. */
  readonly user: SystemUser | undefined
}

const FORKS = '-forks'

/** The existing stores of a worker: its own, that of builds of forks, and two for each user that runs builds. */
export async function findStores(storeDirectory: string): Promise<readonly FoundStore[]> {
  const name = basename(storeDirectory)
  const own = (await namesIn(dirname(storeDirectory)))
    .filter((found) => found === name || found === name + FORKS)
    .map((found) => ({ directory: join(dirname(storeDirectory), found), user: undefined }))
  const users = `${storeDirectory}-users`
  const others = (await namesIn(users)).flatMap((found) => {
    const user = findUser(found.endsWith(FORKS) ? found.slice(0, -FORKS.length) : found)
    return user === undefined ? [] : [{ directory: join(users, found), user }]
  })
  return [...own, ...others]
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return (await readdir(directory).catch(() => [])).sort() // does not exist before the first build
}
