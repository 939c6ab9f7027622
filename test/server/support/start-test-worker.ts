import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import type { RunningPostgres } from './debian-postgres.ts'

const program = resolve(import.meta.dirname, '../../../bin/tsbuild')

export interface TestWorker {
  readonly child: ChildProcess
  stop(signal: NodeJS.Signals): Promise<void>
}

/** `tsbuild worker` as on another machine: it shares only the key and the database with the server. */
export async function startTestWorker(env: NodeJS.ProcessEnv): Promise<TestWorker> {
  const child = spawn(program, ['worker'], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  const gone = once(child, 'exit')
  let output = ''
  await new Promise<void>((settle, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('worker started')) settle()
    })
    child.once('close', (status) => reject(new Error(`tsbuild worker ended with ${status}: ${output}`)))
  })
  return {
    child,
    stop: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await gone
    },
  }
}

/** Of a worker `name`, or of the server whose database and key it uses, below a directory with repositories. */
export function workerSettings({ url }: RunningPostgres, directory: string, name: string): NodeJS.ProcessEnv {
  return {
    TSBUILD_SERVER_DATABASE: url,
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_KEY_FILE: join(directory, 'server/key'),
    TSBUILD_SERVER_DATA_DIRECTORY: join(directory, name),
    TSBUILD_SERVER_WORKER_SLOTS: '1',
  }
}
