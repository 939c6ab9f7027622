import { readFileSync } from 'node:fs'
import { ServerError } from './errors.ts'

export interface SystemUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const USUAL = ['tsbuild', 'postgres', 'nobody']

/** The user for PostgreSQL, which refuses to run as root; absent if this process is not root. */
export function databaseUser(configured: string | undefined): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of configured === undefined ? USUAL : [configured]) {
    const user = findUser(name)
    if (user !== undefined) return user
  }
  throw new ServerError(
    'SERVER_BAD_CONFIG',
    `Cannot run the embedded database as user "${configured ?? USUAL.join('", "')}": not in /etc/passwd, or root`,
    { hint: 'Set "databaseUser" to an existing user other than root' },
  )
}

/** Undefined if there is no such user, or if it is root. */
export function findUser(name: string): SystemUser | undefined {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map(parseLine)
  return users.find((user) => user?.name === name && user.uid !== 0)
}

function parseLine(line: string): SystemUser | undefined {
  const [name, , uid, gid] = line.split(':')
  return name && uid && gid ? { name, uid: Number(uid), gid: Number(gid) } : undefined
}
