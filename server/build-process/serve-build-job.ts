import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { BuildJobSpec } from './job.ts'
import { type BuildJobTools, runBuildJob } from './run-build-job.ts'

export interface BuildJobStreams {
  readonly stdin: Readable
  readonly stdout: Writable
}

/**
 * Main function of a build process: reads a job from standard input and writes lines to standard output. Resolves to
 * the exit code.
 */
export async function serveBuildJob({ stdin, stdout }: BuildJobStreams, tools: BuildJobTools): Promise<number> {
  const orphaned = new AbortController()
  const signal = AbortSignal.any([tools.signal, orphaned.signal])
  const next = lineReader(stdin, () => orphaned.abort(new Error('The server that started this build has exited')))
  const spec = (await next(signal)) as BuildJobSpec
  const hasSucceeded = await runBuildJob(
    spec,
    { ...tools, signal },
    { write: (line) => void stdout.write(`${JSON.stringify(line)}\n`), reply: () => next(signal) },
  )
  if (stdout.writableNeedDrain) await once(stdout, 'drain')
  stdin.destroy()
  return hasSucceeded ? 0 : 1
}

/** Lines written by the server that started this process; the stream ends when the server exits. */
function lineReader(stdin: Readable, onEnd: () => void): (signal: AbortSignal) => Promise<unknown> {
  const input = createInterface({ input: stdin })
  const lines: string[] = []
  input.on('line', (line) => lines.push(line))
  input.once('close', onEnd)
  return async (signal) => {
    signal.throwIfAborted()
    if (lines.length === 0) await once(input, 'line', { signal })
    return JSON.parse(lines.shift() ?? '')
  }
}
