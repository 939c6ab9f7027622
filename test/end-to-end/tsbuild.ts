import { type SpawnOptions, spawn } from 'node:child_process'
import { chownSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { JobContainer } from '../support/job-container.ts'
import { removeAfterFile } from '../support/removed-afterwards.ts'
import type { TemporaryUser } from '../support/temporary-user.ts'

const program = resolve(import.meta.dirname, '../../bin/tsbuild')

export interface Finished {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** The real program with a private store, run as from a shell. */
export interface Tsbuild {
  readonly root: string
  /** Returns whatever the exit code is. */
  run(...words: string[]): Promise<Finished>
  /** Fails unless the exit code is 0. Returns standard output without its last newline. */
  ok(...words: string[]): Promise<string>
  start(words: readonly string[], options?: SpawnOptions): ReturnType<typeof spawn>
  with(more: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: Uint8Array | string }): Tsbuild
  /** Removes containers and the store, before the end of the test file. */
  close(): Promise<void>
}

export function createTsbuild(env: NodeJS.ProcessEnv = {}): Tsbuild {
  const room = mkdtempSync(join(tmpdir(), 'tsbuild-walk-'))
  const root = join(room, 'store')
  return inRoom(room, { env: { ...process.env, DOCKER_CONFIG: join(room, 'docker'), TSBUILD_ROOT: root, ...env } })
}

/** The same, as another user or from another directory. */
export function createTsbuildOf(
  user: Pick<TemporaryUser, 'uid' | 'gid' | 'home' | 'command'>,
  env: NodeJS.ProcessEnv = {},
): Tsbuild {
  const room = mkdtempSync(join(tmpdir(), 'tsbuild-rootless-'))
  chownSync(room, user.uid, user.gid)
  const root = join(room, 'store')
  const own = { HOME: user.home, DOCKER_CONFIG: join(room, 'docker'), TSBUILD_ROOT: root }
  return inRoom(room, { env: { ...process.env, ...own, ...env }, command: user.command })
}

/** The same as CI systems run it: each command in a separate container, on one store. */
export function createTsbuildUnder(container: Pick<JobContainer, 'command'>, env: NodeJS.ProcessEnv = {}): Tsbuild {
  const room = mkdtempSync(join(tmpdir(), 'tsbuild-in-job-'))
  const root = join(room, 'store')
  const own = { HOME: room, DOCKER_CONFIG: join(room, 'docker'), TSBUILD_ROOT: root, ...env }
  return inRoom(room, { env: process.env, command: container.command(own) })
}

interface Invocation {
  /** The program with the words before it. */
  readonly command?: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly input?: Uint8Array | string
}

/** Closes itself at the end of the test file. */
function inRoom(room: string, invocation: Invocation): Tsbuild {
  const root = join(room, 'store')
  const close = removeAfterFile(async () => {
    const { run } = on(root, invocation, close)
    const { stdout } = await run('ps', '--all', '--quiet')
    const containers = stdout.split('\n').filter(Boolean)
    if (containers.length > 0) await run('rm', '--force', '--volumes', ...containers)
    await finished(spawn('rm', ['-rf', room], { stdio: 'pipe' }), undefined) // as root, since files can have any owner
  })
  return on(root, invocation, close)
}

function on(root: string, invocation: Invocation, close: () => Promise<void>): Tsbuild {
  const [file = program, ...before] = invocation.command ?? [program]
  const start: Tsbuild['start'] = (words, options = {}) =>
    spawn(file, [...before, ...words], {
      env: invocation.env,
      ...(invocation.cwd && { cwd: invocation.cwd }),
      ...options,
    })
  const run: Tsbuild['run'] = (...words) => finished(start(words, { stdio: 'pipe' }), invocation.input)
  return {
    root,
    start,
    run,
    ok: async (...words) => {
      const { exitCode, stdout, stderr } = await run(...words)
      if (exitCode !== 0) throw new Error(`tsbuild ${words.join(' ')} ended with ${exitCode}:\n${stderr}`)
      return stdout.replace(/\n$/, '')
    },
    with: (more) => on(root, { ...invocation, ...more, env: { ...invocation.env, ...more.env } }, close),
    close,
  }
}

export function finished(child: ReturnType<typeof spawn>, input: Uint8Array | string | undefined): Promise<Finished> {
  return new Promise((settle, reject) => {
    const collected = { stdout: '', stderr: '' }
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      collected.stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      collected.stderr += text
    })
    child.on('error', reject)
    child.on('close', (code) => settle({ ...collected, exitCode: code ?? -1 }))
    child.stdin?.on('error', () => {}) // it may exit without reading
    child.stdin?.end(input)
  })
}
