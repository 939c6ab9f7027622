import { chown, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { BuildJobSpec } from '../build-process/index.ts'
import { isRunning } from '../is-running.ts'
import type { SystemUser } from '../system-user.ts'
import { type CgroupParent, vacate } from './delegated-cgroup.ts'

type Limits = NonNullable<BuildJobSpec['request']['limits']>

/** A control group for all steps of one build, and a sibling group for the build's process. */
export interface BuildCgroup {
  /** Path from the top of each hierarchy, for the steps' groups. */
  readonly parent: string
  /** In version 2, only a process within the build's group may move another one into a step's group. */
  enter(pid: number): Promise<void>
  remove(): Promise<void>
}

const OURS = 'tsbuild-server'
const PERIOD_US = 100_000

export interface BuildCgroupOptions {
  readonly parent: CgroupParent | undefined
  readonly user: SystemUser | undefined
  readonly onRefused: (error: unknown) => void
}

/** Undefined if there are no limits, or if groups cannot be created: then each step has separate limits. */
export async function openBuildCgroup(
  name: string,
  limits: Limits,
  { parent, user, onRefused }: BuildCgroupOptions,
): Promise<BuildCgroup | undefined> {
  if (Object.keys(limits).length === 0 || parent === undefined) return undefined
  const group = `${process.pid}-${name}`
  const homes = [...new Set(parent.homes.values())].map((home) => join(home, OURS, group))
  const remove = async (): Promise<void> => {
    for (const home of homes) await removeGroup(home)
  }
  try {
    await removeLeftOver(parent)
    for (const home of homes) await createGroup(home, parent.version)
    await limit(parent, group, limits)
    if (user !== undefined) for (const home of homes) await delegate(home, user)
  } catch (error) {
    await remove()
    onRefused(error)
    return undefined
  }
  return {
    parent: join(parent.path, OURS, group, 'steps'),
    enter: async (pid) => {
      if (parent.version === 2 && homes[0] !== undefined)
        await write(join(homes[0], 'process/cgroup.procs'), String(pid))
    },
    remove,
  }
}

async function createGroup(home: string, version: 1 | 2): Promise<void> {
  const above = join(home, '../..')
  if (version === 2) await vacate(above).then(() => enableControllers(above))
  await mkdir(join(home, '..'), { recursive: true })
  if (version === 2) await enableControllers(join(home, '..'))
  await mkdir(home)
  if (version === 2) await enableControllers(home)
  // Before Linux 5.11, child groups count for this one only if this is set.
  else await write(join(home, 'memory.use_hierarchy'), '1').catch(() => undefined)
  for (const part of ['process', 'steps']) await mkdir(join(home, part))
}

/** A missing controller is reported when a limit needs it. */
async function enableControllers(group: string): Promise<void> {
  for (const name of ['memory', 'cpu', 'pids']) {
    await write(join(group, 'cgroup.subtree_control'), `+${name}`).catch(() => undefined)
  }
}

async function limit({ version, homes }: CgroupParent, group: string, limits: Limits): Promise<void> {
  const { memoryBytes, cpuQuotaUs, pidsMax } = limits
  const set = (controller: string, file: string, value: number | string): Promise<void> => {
    const top = homes.get(version === 2 ? '' : controller)
    if (top === undefined) throw new Error(`the controller "${controller}" is not mounted`)
    return write(join(top, OURS, group, 'steps', file), String(value))
  }
  if (memoryBytes !== undefined)
    await set('memory', version === 2 ? 'memory.max' : 'memory.limit_in_bytes', memoryBytes)
  if (pidsMax !== undefined) await set('pids', 'pids.max', pidsMax)
  if (cpuQuotaUs === undefined) return
  if (version === 2) return set('cpu', 'cpu.max', `${cpuQuotaUs} ${PERIOD_US}`)
  await set('cpu', 'cpu.cfs_period_us', PERIOD_US)
  await set('cpu', 'cpu.cfs_quota_us', cpuQuotaUs)
}

/** SECURITY: the user creates groups below `steps` and moves processes into them; root still owns the limits. */
async function delegate(home: string, { uid, gid }: SystemUser): Promise<void> {
  for (const directory of [home, join(home, 'process'), join(home, 'steps')]) {
    await chown(directory, uid, gid)
    for (const file of ['cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads'])
      await chown(join(directory, file), uid, gid).catch(() => undefined) // version 1 has only the first
  }
}

/** Groups of killed workers: the number before the first hyphen is the PID of a process that no longer exists. */
async function removeLeftOver({ homes }: CgroupParent): Promise<void> {
  for (const top of new Set(homes.values())) {
    const groups = await readdir(join(top, OURS)).catch(() => []) // none has been created yet
    for (const group of groups.filter((name) => /^\d+-/.test(name) && !isRunning(Number.parseInt(name, 10))))
      await removeGroup(join(top, OURS, group))
  }
}

const REMOVAL_ROUNDS = 50

/** Includes child groups and the processes that are still in them. */
async function removeGroup(group: string): Promise<void> {
  const below = await readdir(group, { withFileTypes: true }).catch(() => [])
  for (const entry of below) if (entry.isDirectory()) await removeGroup(join(group, entry.name))
  for (let round = 0; round < REMOVAL_ROUNDS; round += 1) {
    const refused = await rmdir(group).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    )
    if (refused === undefined || refused === 'ENOENT') return
    const members = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '')
    for (const pid of members.split('\n').filter(Boolean).map(Number)) killIfThere(pid)
    await pause(20)
  }
}

function killIfThere(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL')
  } catch {
    // it has exited in the meantime
  }
}

/** The file exists in every group. */
function write(path: string, value: string): Promise<void> {
  return writeFile(path, value, { flag: 'r+' })
}
