import { spawn } from 'node:child_process'
import { readFile, readlink, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ServerError } from '../errors.ts'
import type { SystemUser } from '../system-user.ts'

export interface PostgresProcess {
  /** Why it exited, once it has. */
  ended(): string | undefined
  stop(): Promise<void>
}

/** Small: the database holds builds and logs of one server. */
const SETTINGS = {
  listen_addresses: '',
  shared_buffers: '16MB',
  max_connections: '60',
  jit: 'off',
  max_parallel_workers: '0',
  max_worker_processes: '2',
  autovacuum_max_workers: '1',
  wal_compression: 'on',
  max_wal_size: '256MB',
  log_min_messages: 'fatal',
  log_min_error_statement: 'panic',
  unix_socket_permissions: '0700',
}

/** In a separate process group: a Ctrl-C at the terminal is for the server, which stops the database last. */
export function startPostmaster(place: PostgresPaths, user: SystemUser | undefined): PostgresProcess {
  const settings = { ...SETTINGS, unix_socket_directories: place.sockets }
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(place.bin, 'postgres'), ['-D', place.data, ...words], {
    ...asUser(place, user),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let reason: string | undefined
  let errorOutput = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errorOutput = `${errorOutput}${text}`.slice(-2000)
    if (/PANIC:/.test(text)) process.stderr.write(text)
  })
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      reason ??= error.message
      resolve()
    })
    child.once('close', (status, signal) => {
      reason ??= errorOutput.trim() || `exit status ${status ?? signal}`
      resolve()
    })
  })
  child.unref()
  return {
    ended: () => reason,
    stop: async () => {
      for (const [signal, patienceMs] of SHUTDOWNS) {
        if (reason === undefined) child.kill(signal)
        if (await isWithin(exited, patienceMs)) return
      }
      child.kill('SIGKILL') // its processes notice that, and exit
      await exited
    },
  }
}

/** SPEC: PostgreSQL's "fast" and "immediate" shutdown. It can hang if one of its processes was killed. */
const SHUTDOWNS = [
  ['SIGINT', 20_000],
  ['SIGQUIT', 5000],
] as const

function isWithin(event: Promise<void>, patienceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patienceMs)
    void event.then(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

/** For the postmaster of another process, which neither responds nor exits. */
export async function killPostmaster({ data }: PostgresPaths): Promise<void> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(/^(\d+)\n/.exec(text)?.[1] ?? 0)
  const isIts = pid > 0 && (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === (await realpath(data))
  if (isIts) process.kill(pid, 'SIGKILL')
}

interface ProgramRun {
  readonly program: 'initdb' | 'pg_ctl'
  readonly words: readonly string[]
}

export function runToEnd(place: PostgresPaths, user: SystemUser | undefined, run: ProgramRun): Promise<void> {
  const { program, words } = run
  return new Promise((resolve, reject) => {
    const child = spawn(join(place.bin, program), words, {
      ...asUser(place, user),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let errorOutput = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errorOutput = `${errorOutput}${text}`.slice(-2000)
    })
    const fail = (reason: string): void =>
      reject(
        new ServerError('SERVER_POSTGRES_FAILED', `Cannot run "${program}" in "${place.data}": ${reason}`, {
          hint: `Check that user ${user?.name ?? 'of this process'} may enter "${dirname(place.data)}" and its parents, and that the disk is not full`,
        }),
      )
    child.once('error', (error) => fail(error.message))
    child.once('close', (status) => (status === 0 ? resolve() : fail(errorOutput.trim() || `exit status ${status}`)))
  })
}

function asUser(place: PostgresPaths, user: SystemUser | undefined) {
  return {
    cwd: place.data,
    env: { PATH: `${place.bin}:/usr/bin:/bin`, LC_ALL: 'C', TZ: 'UTC' },
    ...(user !== undefined && { uid: user.uid, gid: user.gid }),
  }
}

export interface PostgresPaths {
  readonly bin: string
  readonly data: string
  readonly sockets: string
  readonly passwordFile: string
}
