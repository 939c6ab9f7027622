import { Readable, Writable } from 'node:stream'
import { runCli } from '../../../cli/run-cli.ts'
import { openEngine } from '../../../engine/index.ts'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly root: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
  readonly cwd?: string
}

/** Runs one command line of the real program in this process. */
export async function runInProcess(args: readonly string[], around: Surroundings): Promise<Outcome> {
  const stdout = collector()
  const stderr = collector()
  const code = await runCli({
    args,
    io: {
      stdin: Readable.from(around.stdin === undefined ? [] : [Buffer.from(around.stdin)]),
      stdout: stdout.stream,
      stderr: stderr.stream,
      env: { PATH: process.env['PATH'], HOME: around.root, TSBUILD_ROOT: around.root, ...around.env },
      cwd: around.cwd ?? around.root,
    },
    interrupt: { signal: new AbortController().signal, exitCode: () => undefined, release: () => undefined },
    openEngine,
  })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

function collector(): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}
