import { readFileSync } from 'node:fs'
import type { ServerConfig } from '../config/config.ts'
import { ServerError } from '../errors.ts'
import { findUser, type SystemUser } from '../system-user.ts'

/** Users that run builds, each at most one build at a time. */
export interface BuildUsers {
  /** Undefined: builds run as the user of this process. */
  take(): SystemUser | undefined
  release(user: SystemUser | undefined): void
}

/** Refuses users that cannot be used, before anything is started. */
export function checkBuildUsers({ build, worker }: ServerConfig): readonly SystemUser[] {
  const users = build.users.map(checked)
  if (new Set(users.map(({ uid }) => uid)).size < users.length) {
    throw refused('a user is listed twice', 'List each user once')
  }
  if (users.length > 0 && process.getuid?.() !== 0) {
    throw refused(
      'this process is not root, and cannot change users',
      'Start the server as root, or remove build.users',
    )
  }
  if (users.length > 0 && users.length < worker.slots) {
    throw refused(
      `there are ${users.length} for ${worker.slots} builds at once`,
      'List as many users as worker.slots, or lower worker.slots',
    )
  }
  return users
}

export function openBuildUsers(config: ServerConfig): BuildUsers {
  const free = [...checkBuildUsers(config)]
  return {
    take: () => {
      const user = free.shift()
      // SECURITY: without a user the build would run as this process, which is root.
      if (user === undefined && config.build.users.length > 0)
        throw refused('all of them are in use', 'List more users')
      return user
    },
    release: (user) => {
      if (user !== undefined) free.push(user)
    },
  }
}

/** As many as images usually need: without them, files of different owners could not be distinguished. */
const MIN_IDS = 65_536

function checked(name: string): SystemUser {
  const user = findUser(name)
  if (user === undefined) throw refused(`"${name}" is not in /etc/passwd, or is root`, 'List existing users')
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    if (idsIn(file, user) < MIN_IDS) {
      const hint = `Add them: usermod --add-subuids 200000-265535 --add-subgids 200000-265535 ${name}`
      throw refused(`user "${name}" has fewer than ${MIN_IDS} subordinate IDs in ${file}`, hint)
    }
  }
  return user
}

function idsIn(file: string, { name, uid }: SystemUser): number {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return 0 // no file: no IDs
  }
  const lines = text.split('\n').map((line) => line.split(':'))
  const own = lines.filter(([owner]) => owner === name || owner === String(uid))
  return own.reduce((sum, [, , count]) => sum + Number(count ?? 0), 0)
}

function refused(reason: string, hint: string): ServerError {
  return new ServerError('SERVER_BAD_CONFIG', `Cannot use the users of "build.users": ${reason}`, { hint })
}
