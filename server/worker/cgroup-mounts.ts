import { readFile } from 'node:fs/promises'

export interface CgroupMounts {
  readonly version: 1 | 2
  /** Top directories by controller; one directory for all of version 2. */
  readonly tops: ReadonlyMap<string, string>
}

const LIMITING = ['memory', 'cpu', 'cpuacct', 'pids', 'blkio', 'freezer']

/** Where control groups are mounted; on a mixture of both versions, version 1 has the controllers. */
export async function findCgroupMounts(): Promise<CgroupMounts | undefined> {
  return parseCgroupMounts(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''))
}

/** SPEC: proc(5), mountinfo; the first place of a hierarchy counts, as in the sandbox. */
function parseCgroupMounts(mountinfo: string): CgroupMounts | undefined {
  const tops = new Map<string, string>()
  let unified: string | undefined
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const directory = before.split(' ')[4]
    const [type, , options = ''] = after.split(' ')
    if (directory === undefined) continue
    if (type === 'cgroup2') unified ??= directory
    if (type !== 'cgroup') continue
    for (const controller of options.split(',').filter((name) => LIMITING.includes(name))) {
      if (!tops.has(controller)) tops.set(controller, directory)
    }
  }
  if (tops.size > 0) return { version: 1, tops }
  return unified === undefined ? undefined : { version: 2, tops: new Map([['', unified]]) }
}
