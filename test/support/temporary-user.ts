import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { vi } from 'vitest'

const repository = resolve(import.meta.dirname, '../..')

/** A non-root user, and the program in a directory that the user can read. */
export interface TemporaryUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  /** Starts the program as this user. */
  readonly command: readonly string[]
  /** PIDs of the user's processes, without those of subordinate IDs. */
  processes(): string[]
  remove(): void
  /** Waits for its processes first: supervisors of containers clean up. */
  removeWhenIdle(): Promise<void>
}

/** For private networks of all users: not every machine grants them the device. */
const WITH_TUN = 'mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec runuser -u "$0" -- "$@"'

let count = 0

export function addUser({ hasSubordinateIds = true } = {}): TemporaryUser {
  count += 1
  const name = `tsbuild${process.pid}x${count}`
  const ids = hasSubordinateIds ? [] : ['--key', 'SUB_UID_COUNT=0', '--key', 'SUB_GID_COUNT=0']
  must('useradd', '--create-home', '--shell', '/bin/sh', ...ids, name)
  const uid = Number(must('id', '-u', name))
  const directory = mkdtempSync(join(tmpdir(), 'tsbuild-user-'))
  mkdirSync(join(directory, 'dist'))
  cpSync(join(repository, 'bin'), join(directory, 'bin'), { recursive: true })
  const parts = readdirSync(join(repository, 'dist')).filter((file) => /\.(cjs|cache)$|^tsbuild-sandbox$/.test(file))
  for (const file of parts) cpSync(join(repository, 'dist', file), join(directory, 'dist', file))
  must('chmod', '-R', 'a+rX', directory) // independent of the umask of the build and the test
  const remove = (): void => {
    must('userdel', '--remove', name)
    rmSync(directory, { recursive: true })
  }
  return {
    name,
    uid,
    gid: Number(must('id', '-g', name)),
    home: `/home/${name}`,
    command: [
      'unshare',
      '--mount',
      '--propagation',
      'slave',
      'sh',
      '-c',
      WITH_TUN,
      name,
      join(directory, 'bin/tsbuild'),
    ],
    processes: () => processesOf(uid),
    remove,
    removeWhenIdle: async () => {
      await vi.waitUntil(() => processesOf(uid).length === 0, { timeout: 30_000 })
      remove()
    },
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

function must(command: string, ...argv: string[]): string {
  return execFileSync(command, argv, { encoding: 'utf8', stdio: 'pipe' })
}
