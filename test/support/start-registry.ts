import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeAfterFile } from './removed-afterwards.ts'

export interface RunningRegistry {
  /** `127.0.0.1:43127`. */
  readonly host: string
  /** The directory of its blobs. */
  readonly directory: string
  /** Its log so far. */
  log(): string
  /** Before the end of the test file. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** User names and passwords; without any, everything is allowed. */
  readonly users?: Readonly<Record<string, string>>
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string }
  /** Token authentication: the issuer and its certificate. */
  readonly token?: {
    readonly realm: string
    readonly service: string
    readonly issuer: string
    readonly certificate: string
  }
}

/** Starts Debian's `docker-registry` on a free port with a private store, until the end of the test file. */
export async function startRegistry(options: StartOptions = {}): Promise<RunningRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-registry-'))
  const configFile = join(directory, 'config.yml')
  await writeFile(configFile, await configOf(directory, options))
  // It dies with this process, however that ends.
  const command = ['--pdeathsig', 'KILL', 'docker-registry', 'serve', configFile]
  const child = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const log: string[] = []
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    }
    await rm(directory, { recursive: true, force: true })
  }
  removeAfterFile(stop)
  const host = await listening(child, log)
  return { host, directory, log: () => log.join(''), stop }
}

/** JSON is valid YAML. */
async function configOf(directory: string, options: StartOptions): Promise<string> {
  const { users, tls, token } = options
  const htpasswd = join(directory, 'htpasswd')
  if (users !== undefined) await writeFile(htpasswd, Object.entries(users).map(passwordLine).join(''))
  return JSON.stringify({
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(directory, 'data') }, delete: { enabled: true } },
    http: {
      addr: '127.0.0.1:0',
      secret: 'of this test',
      ...(tls !== undefined && { tls: tlsOf(tls) }),
    },
    ...(users === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: htpasswd } } }),
    ...(token === undefined
      ? {}
      : { auth: { token: { ...token, certificate: undefined, rootcertbundle: token.certificate } } }),
  })
}

function tlsOf({ certificate, key, clientCa }: NonNullable<StartOptions['tls']>): object {
  return { certificate, key, ...(clientCa !== undefined && { clientcas: [clientCa] }) }
}

/** The registry accepts bcrypt only; `htpasswd` is from Debian's apache2-utils. */
function passwordLine([user, password]: readonly [string, string]): string {
  const made = spawnSync('htpasswd', ['-nbB', '-C', '5', user, password], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error('Cannot make a password file: "htpasswd" is not installed (apache2-utils)')
  return `${made.stdout.trim()}\n`
}

function listening(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      log.push(chunk.toString())
      const address = /listening on (127\.0\.0\.1:\d+)/.exec(log.join(''))?.[1]
      if (address !== undefined) resolve(address)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('close', (status) => reject(new Error(`docker-registry ended with ${status}: ${log.join('')}`)))
  })
}
