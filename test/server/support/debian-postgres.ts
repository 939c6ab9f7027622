import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { removeAfterFile } from '../../support/removed-afterwards.ts'

export interface RunningPostgres {
  readonly url: string
  /** Immediate shutdown, like a power failure of its machine. */
  crash(): Promise<void>
  restart(): Promise<void>
  /** Before the end of the test file. */
  stop(): Promise<void>
}

/** Debian's PostgreSQL on a free port of this machine, with a dedicated user. */
export async function startDebianPostgres(): Promise<RunningPostgres> {
  const [version = ''] = readdirSync('/usr/lib/postgresql')
  const bin = `/usr/lib/postgresql/${version}/bin`
  const room = mkdtempSync(join(tmpdir(), 'ts-pg-'))
  chmodSync(room, 0o777)
  const data = join(room, 'data')
  const asUser = (...words: string[]) => {
    const { status, stderr } = spawnSync(
      'setpriv',
      ['--reuid=postgres', '--regid=postgres', '--clear-groups', ...words],
      { encoding: 'utf8', cwd: room },
    )
    if (status !== 0) throw new Error(`${words[0]}: ${stderr}`)
  }
  asUser(join(bin, 'initdb'), '-D', data, '-U', 'tsbuild', '--auth=trust', '--no-sync')
  const port = await freePort()
  const start = async (): Promise<() => Promise<void>> => {
    const words = [
      '-D',
      data,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=${room}`,
    ]
    const child = spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        '--reuid=postgres',
        '--regid=postgres',
        '--clear-groups',
        join(bin, 'postgres'),
        ...words,
      ],
      { stdio: 'ignore', cwd: room },
    )
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    for (let tries = 0; tries < 200; tries += 1) {
      if (spawnSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).status === 0) break
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return async () => {
      child.kill('SIGQUIT')
      await gone
    }
  }
  let end = await start()
  return {
    url: `postgres://tsbuild@127.0.0.1:${port}/postgres`,
    crash: () => end(),
    restart: async () => {
      end = await start()
    },
    stop: removeAfterFile(async () => {
      await end()
      await rm(room, { recursive: true, force: true })
    }),
  }
}
