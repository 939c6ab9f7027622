import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

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
