import { once } from 'node:events'
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
  const spec = await readSpec(stdin, () => orphaned.abort(new Error('The server that started this build has ended')))
  const signal = AbortSignal.any([tools.signal, orphaned.signal])
  const hasSucceeded = await runBuildJob(spec, { ...tools, signal }, (line) => {
    stdout.write(`${JSON.stringify(line)}\n`)
  })
  if (stdout.writableNeedDrain) await once(stdout, 'drain')
  stdin.destroy()
  return hasSucceeded ? 0 : 1
}

/** The first line, written by the server that started this process; the stream ends when the server exits. */
function readSpec(stdin: Readable, onOrphaned: () => void): Promise<BuildJobSpec> {
  return new Promise((resolve, reject) => {
    let text = ''
    stdin.setEncoding('utf8')
    stdin.on('data', (chunk: string) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as BuildJobSpec)
    })
    stdin.once('end', () => {
      onOrphaned()
      reject(new Error('no job'))
    })
    stdin.once('error', reject)
  })
}
