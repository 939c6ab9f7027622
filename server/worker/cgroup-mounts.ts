import { readFile } from 'node:fs/promises'

export interface CgroupMounts {
  readonly version: 1 | 2
  /** Mount points by controller; one directory for all of version 2. */
  readonly tops: ReadonlyMap<string, string>
  /** The version 2 group at the mount point: `/` unless it was bind mounted from another namespace. */
  readonly root: string
}

const LIMITING = ['memory', 'cpu', 'cpuacct', 'pids', 'blkio', 'freezer']

/** Where control groups are mounted; on hybrids of both versions, version 1 has the controllers. */
export async function findCgroupMounts(): Promise<CgroupMounts | undefined> {
  return parseCgroupMounts(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''))
}

/** SPEC: proc(5), mountinfo; the first mount of a hierarchy counts, as in the sandbox. */
function parseCgroupMounts(mountinfo: string): CgroupMounts | undefined {
  const tops = new Map<string, string>()
  let unified: { readonly directory: string; readonly root: string } | undefined
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '/', directory] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    if (directory === undefined) continue
    if (type === 'cgroup2') unified ??= { directory, root }
    if (type !== 'cgroup') continue
    for (const controller of options.split(',').filter((name) => LIMITING.includes(name))) {
      if (!tops.has(controller)) tops.set(controller, directory)
    }
  }
  if (tops.size > 0) return { version: 1, tops, root: '/' }
  if (unified === undefined) return undefined
  return { version: 2, tops: new Map([['', unified.directory]]), root: unified.root }
}
