import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { hasCode } from '../../layer-store/index.ts'

/** Files that freeze a control group and report its state, for either version. */
const FREEZERS = [
  { file: 'cgroup.freeze', on: '1', off: '0', stateFile: 'cgroup.events', frozen: /^frozen 1$/m },
  { file: 'freezer.state', on: 'FROZEN', off: 'THAWED', stateFile: 'freezer.state', frozen: /^FROZEN$/m },
] as const

const LOOK_EVERY_MS = 2

/**
 * Resolves when every process of the group has stopped, or goes on. False where the machine has no freezer, and for a
 * group that is gone: a process that ends meanwhile never freezes.
 */
export async function setFrozen(cgroup: readonly string[], wanted: boolean): Promise<boolean> {
  const found = findFreezer(cgroup)
  if (found === undefined) return false
  const { directory, freezer } = found
  const isThere = ifThere(() => {
    writeFileSync(join(directory, freezer.file), wanted ? freezer.on : freezer.off, { flag: 'r+' })
    return true
  })
  for (let state = isThere && stateOf(found); state !== wanted; state = stateOf(found)) {
    if (state === undefined) return false
    await setTimeout(LOOK_EVERY_MS)
  }
  return true
}

/** False also for a group that is gone. */
export function isFrozen(cgroup: readonly string[]): boolean {
  const found = findFreezer(cgroup)
  return found !== undefined && stateOf(found) === true
}

/** False where nothing can be frozen. */
export function hasFreezer(cgroup: readonly string[]): boolean {
  return findFreezer(cgroup) !== undefined
}

interface FoundFreezer {
  readonly directory: string
  readonly freezer: (typeof FREEZERS)[number]
}

function findFreezer(cgroup: readonly string[]): FoundFreezer | undefined {
  for (const directory of cgroup) {
    const freezer = FREEZERS.find(({ file }) => existsSync(join(directory, file)))
    if (freezer !== undefined) return { directory, freezer }
  }
  return undefined
}

/** Undefined for a group that is gone. */
function stateOf({ directory, freezer }: FoundFreezer): boolean | undefined {
  return ifThere(() => freezer.frozen.test(readFileSync(join(directory, freezer.stateFile), 'utf8')))
}

/** Undefined where the group is gone. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return undefined
    throw error
  }
}
