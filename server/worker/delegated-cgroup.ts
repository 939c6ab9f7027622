import { constants } from 'node:fs'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type CgroupMounts, findCgroupMounts } from './cgroup-mounts.ts'

/** Where this process may create control groups for builds. */
export interface CgroupParent {
  readonly version: 1 | 2
  /** Parents of our groups, by controller; one for all of version 2. */
  readonly homes: ReadonlyMap<string, string>
  /** Their path from the top of the hierarchies: `/`, or that of a group that was delegated to this user. */
  readonly path: string
}

/** Undefined, with the reason, if it may not: limits then apply to each step separately. */
export async function findCgroupParent(): Promise<{ readonly parent?: CgroupParent; readonly reason?: string }> {
  const mounts = await findCgroupMounts()
  if (mounts === undefined) return { reason: 'no control groups are mounted' }
  const { version, tops } = mounts
  if (process.getuid?.() !== 0) {
    return version === 1 ? { reason: 'version 1 of control groups needs root' } : findDelegated(mounts)
  }
  for (const top of new Set(tops.values())) {
    if (!(await isWritable(top))) return { reason: `${top} is read-only` }
  }
  return { parent: { version, homes: tops, path: '/' } }
}

/** The nearest writable ancestor without processes, otherwise the own group: as for `tsbuild build` itself. */
async function findDelegated({ tops, root }: CgroupMounts): Promise<{ parent?: CgroupParent; reason?: string }> {
  const top = tops.get('') ?? ''
  const named = /^0::(.*)$/m.exec(await readFile('/proc/self/cgroup', 'utf8'))?.[1] ?? '/'
  const own = root === '/' ? named : named.slice(root.length) || '/'
  const at = (path: string): CgroupParent => ({ version: 2, homes: new Map([['', join(top, path)]]), path })
  for (let path = own; path !== dirname(path); ) {
    path = dirname(path)
    if (!(await isWritable(join(top, path)))) break
    if ((await membersOf(join(top, path))).length === 0) return { parent: at(path) }
  }
  if (await isWritable(join(top, own))) return { parent: at(own) }
  return { reason: `the control group ${own} does not belong to this user (Delegate=yes of systemd)` }
}

const LEAF = 'init'

/** SPEC: "no internal processes": a group with processes cannot enable controllers for its children. */
export async function vacate(group: string): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    const members = await membersOf(group)
    if (members.length === 0 || (await isTop(group))) return
    const leaf = join(group, LEAF)
    await mkdir(leaf, { recursive: true })
    for (const pid of members) {
      await writeFile(join(leaf, 'cgroup.procs'), pid, { flag: 'r+' }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ESRCH') throw error
      })
    }
  }
}

/** Only the root group of the machine has no type: it may have both processes and children. */
async function isTop(group: string): Promise<boolean> {
  return (await readFile(join(group, 'cgroup.type')).catch(() => undefined)) === undefined
}

async function membersOf(group: string): Promise<readonly string[]> {
  const text = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '') // removed in the meantime: no members
  return text.split('\n').filter(Boolean)
}

async function isWritable(group: string): Promise<boolean> {
  const paths = [group, join(group, 'cgroup.procs')]
  const found = await Promise.allSettled(paths.map((path) => access(path, constants.W_OK)))
  return found.every(({ status }) => status === 'fulfilled')
}
