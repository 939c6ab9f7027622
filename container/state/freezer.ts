import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { hasCode } from '../../errors/index.ts'

/** Files that freeze a cgroup and report its state, for v1 and v2. */
const FREEZERS = [
  { file: 'cgroup.freeze', on: '1', off: '0', stateFile: 'cgroup.events', frozen: /^frozen 1$/m },
  { file: 'freezer.state', on: 'FROZEN', off: 'THAWED', stateFile: 'freezer.state', frozen: /^FROZEN$/m },
] as const

const LOOK_EVERY_MS = 2

/**
 * Resolves when all processes of the cgroup are frozen or thawed. False without a freezer, or if the cgroup is gone: a
 * process that exits meanwhile never freezes.
 */
export async function setFrozen(cgroup: readonly string[], frozen: boolean): Promise<boolean> {
  const found = findFreezer(cgroup)
  if (found === undefined) return false
  const { directory, freezer } = found
  const isThere = ifThere(() => {
    writeFileSync(join(directory, freezer.file), frozen ? freezer.on : freezer.off, { flag: 'r+' })
    return true
  })
  for (let state = isThere && stateOf(found); state !== frozen; state = stateOf(found)) {
    if (state === undefined) return false
    await setTimeout(LOOK_EVERY_MS)
  }
  return true
}

/** Also false if the cgroup is gone. */
export function isFrozen(cgroup: readonly string[]): boolean {
  const found = findFreezer(cgroup)
  return found !== undefined && stateOf(found) === true
}

/** False if nothing can be frozen. */
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

/** Undefined if the cgroup is gone. */
function stateOf({ directory, freezer }: FoundFreezer): boolean | undefined {
  return ifThere(() => freezer.frozen.test(readFileSync(join(directory, freezer.stateFile), 'utf8')))
}

/** Undefined if the cgroup is gone. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return undefined
    throw error
  }
}
