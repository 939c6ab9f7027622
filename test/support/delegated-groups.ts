import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeAfterFile } from './removed-afterwards.ts'
import type { TemporaryUser } from './temporary-user.ts'

const TOP = '/sys/fs/cgroup'

export interface DelegatedGroups {
  /** The same user, whose program starts in a group that the user may divide. */
  readonly user: TemporaryUser
  /** IDs of the containers that have a group. */
  names(): readonly string[]
  /** Before the end of the test file. */
  remove(): void
}

/** Delegated as by a service manager (version 2), or by an administrator in each hierarchy (version 1). */
export function delegateGroups(user: TemporaryUser): DelegatedGroups {
  const isUnified = existsSync(join(TOP, 'cgroup.controllers'))
  const tops = isUnified ? [TOP] : hierarchies()
  const roots = tops.map((top) => join(top, `delegated-${user.name}`))
  // On version 2, a group with processes cannot delegate controllers.
  const entered = isUnified ? roots.map((root) => join(root, 'session')) : roots
  for (const directory of new Set([...roots, ...entered])) chownTo(user, directory)
  const enter = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'
  return {
    user: { ...user, command: ['sh', '-c', enter, 'sh', ...entered, '--', ...user.command] },
    names: () => [...new Set(roots.flatMap((root) => groupsBelow(isUnified ? join(root, 'tsbuild') : root)))],
    remove: removeAfterFile(() => roots.forEach(removeGroup)),
  }
}

function hierarchies(): string[] {
  return readdirSync(TOP)
    .map((name) => join(TOP, name))
    .filter((path) => existsSync(join(path, 'tasks')))
}

function chownTo({ uid, gid }: TemporaryUser, directory: string): void {
  mkdirSync(directory)
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = join(directory, file)
    if (existsSync(own) && existsSync(join(directory, 'tasks')))
      writeFileSync(own, readFileSync(join(directory, '..', file)))
  }
  for (const file of ['', 'tasks', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control'])
    if (existsSync(join(directory, file))) chownSync(join(directory, file), uid, gid)
}

function removeGroup(directory: string): void {
  for (const name of groupsBelow(directory)) removeGroup(join(directory, name))
  rmdirSync(directory)
}

function groupsBelow(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}
