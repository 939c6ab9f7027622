import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, readlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type ApiClient, type Build, createApiClient } from '../../../server/index.ts'
import { removeAfterFile } from '../../support/removed-afterwards.ts'

const program = resolve(import.meta.dirname, '../../../bin/tsbuild')

export const WEBHOOK_SECRET = 'the secret of this test'

export interface TestServer {
  readonly url: string
  readonly directory: string
  readonly pid: number
  readonly api: ApiClient
  readonly token: string
  /** Everything it has logged and printed so far. */
  output(): string
  /** Sends a signed webhook of the forge "generic". */
  push(project: string, body: object, more?: { readonly id?: string; readonly ageSeconds?: number }): Promise<Response>
  ended(build: number, timeoutMs?: number): Promise<Build>
  signal(name: NodeJS.Signals): Promise<void>
  /** Kills the server, its database and its builds, like a power failure. */
  killEverything(): Promise<void>
  /** Removes its directory too, before the end of the test file. */
  stop(): Promise<void>
}

/** A directory that the user of the database can traverse. */
export function serverDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ts-'))
  chmodSync(directory, 0o711)
  return directory
}

/** The real program with its own PostgreSQL, on a free port. */
export async function startTestServer(
  directory: string,
  env: NodeJS.ProcessEnv = {},
  command: readonly [string, ...string[]] = [program],
): Promise<TestServer> {
  const settings = {
    TSBUILD_SERVER_DATA_DIRECTORY: directory,
    TSBUILD_SERVER_LISTEN: '127.0.0.1:0',
    TSBUILD_SERVER_WORKER_LEASE_SECONDS: '10',
    TSBUILD_SERVER_WORKER_BACKOFF_SECONDS: '1',
    ...env,
  }
  const [file, ...words] = command
  const child = spawn(file, [...words, 'serve'], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const collected: string[] = []
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(name)
    await gone
  }
  const stop = removeAfterFile(async () => {
    await signal('SIGTERM')
    const pid = postmasterOf(directory)
    if (pid !== undefined) kill(pid)
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })
  const url = await listening(child, collected)
  const token = firstToken(directory)
  const api = createApiClient({ url, token })
  return {
    url,
    directory,
    pid: child.pid ?? 0,
    api,
    token,
    output: () => collected.join(''),
    push: (project, body, more) => {
      const text = JSON.stringify(body)
      return fetch(`${url}/hooks/${project}`, {
        method: 'POST',
        headers: signedHeaders(text, WEBHOOK_SECRET, more),
        body: text,
      })
    },
    ended: (build, timeoutMs = 120_000) => waitForEnd(api, build, timeoutMs),
    signal,
    killEverything: async () => {
      await signal('SIGKILL')
      for (const pid of [postmasterOf(directory), ...childrenOf(directory)]) if (pid !== undefined) kill(pid)
    },
    stop,
  }
}

/** Empty if another server with the same database created the token. */
function firstToken(directory: string): string {
  const file = join(directory, 'admin-token')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
}

/** Headers of Standard Webhooks. */
export function signedHeaders(
  body: string,
  secret: string,
  { id = randomUUID(), ageSeconds = 0 }: { readonly id?: string; readonly ageSeconds?: number } = {},
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000) - ageSeconds)
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
}

async function waitForEnd(api: ApiClient, id: number, timeoutMs: number): Promise<Build> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const build = await api.call('showBuild', { path: { build: id } })
    if (build.endedAt !== undefined) return build
    if (Date.now() > deadline) throw new Error(`build ${id} did not end: ${JSON.stringify(build)}`)
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

function listening(child: ChildProcess, collected: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      collected.push(chunk.toString())
      const url = /listening on (http:\S+)/.exec(collected.join(''))?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('close', (status) => reject(new Error(`tsbuild serve ended with ${status}: ${collected.join('')}`)))
  })
}

function postmasterOf(directory: string): number | undefined {
  try {
    return Number(readFileSync(join(directory, 'database/postgres/postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return undefined
  }
}

/** Processes of builds, recognized by a working directory below that of the server. */
function childrenOf(directory: string): readonly number[] {
  const { stdout } = spawnSync('pgrep', ['-f', '__build-job'], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .filter((pid) => workingDirectory(pid).startsWith(directory))
}

function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // has just ended
  }
}
