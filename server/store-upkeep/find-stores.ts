import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { findUser, type SystemUser } from '../system-user.ts'

export interface FoundStore {
  readonly directory: string
  /** Undefined: that of this process. */
  readonly user: SystemUser | undefined
}

const FORKS = '-forks'

/** The stores of a worker that exist: its own, that of builds of forks, and two of each user that builds run as. */
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
  return (await readdir(directory).catch(() => [])).sort() // absent until the first build
}
