import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { vi } from 'vitest'
import { removeAfterFile } from './removed-afterwards.ts'

/** A non-root user of this machine. */
export interface UserAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  /** PIDs of the user's processes, without those of subordinate IDs. */
  processes(): string[]
  /** Before the end of the test file. Waits for its processes first: supervisors of containers clean up. */
  remove(): Promise<void>
}

let count = 0

export function addAccount({ hasSubordinateIds = true } = {}): UserAccount {
  count += 1
  const name = `tsbuild${process.pid}x${count}`
  const ids = hasSubordinateIds ? [] : ['--key', 'SUB_UID_COUNT=0', '--key', 'SUB_GID_COUNT=0']
  changeUsers('useradd', '--create-home', '--shell', '/bin/sh', ...ids, name)
  const idOf = (kind: string) => Number(execFileSync('id', [kind, name], { encoding: 'utf8' }))
  const uid = idOf('-u')
  const processes = () => processesOf(uid)
  return {
    name,
    uid,
    gid: idOf('-g'),
    home: `/home/${name}`,
    processes,
    remove: removeAfterFile(async () => {
      await vi.waitUntil(() => processes().length === 0, { timeout: 30_000 })
      changeUsers('userdel', '--remove', name)
    }),
  }
}

/** Concurrent tests compete for the lock of the user database. */
function changeUsers(command: string, ...argv: string[]): void {
  for (let tries = 1; ; tries += 1) {
    const { status, stderr, error } = spawnSync(command, argv, { encoding: 'utf8' })
    if (status === 0) return
    if (tries === 10 || !stderr?.includes('cannot lock')) throw error ?? new Error(`${command}: ${stderr}`)
  }
}

function processesOf(uid: number): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid && isAlive(pid))
}

/** A zombie has no program any more. */
function isAlive(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== ''
  } catch {
    return false
  }
}
