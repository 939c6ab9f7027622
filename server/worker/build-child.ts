import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import { type BuildJobLine, type BuildJobSpec, buildJobLine } from '../build-process/index.ts'
import { ServerError } from '../errors.ts'
import type { SystemUser } from '../system-user.ts'

export interface BuildChild {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined
  readonly lines: AsyncIterable<BuildJobLine>
  reply(document: unknown): void
  /** Asks it to stop, and kills it after a timeout. */
  stop(): void
  /** How it ended, and its error output. */
  readonly ended: Promise<{
    readonly status: number | null
    readonly signal: string | null
    readonly errorOutput: string
  }>
}

export interface ChildEnvironment {
  readonly home: string
  /** Undefined: the user of this process. */
  readonly user: SystemUser | undefined
}

const GRACE_MS = 10_000
const MAX_LINE = 64 << 20

/**
 * Starts the process of one build. SECURITY: it inherits only the PATH variable, only the descriptors of its own pipes,
 * and no directory of the server: `home` is empty.
 */
export function startBuildChild(
  entry: readonly string[],
  spec: BuildJobSpec,
  { home, user }: ChildEnvironment,
): BuildChild {
  const [program = process.execPath, ...words] = entry
  const child = spawn(program, [...words, '__build-job'], {
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', HOME: home, LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(user !== undefined && { uid: user.uid, gid: user.gid }),
    detached: true, // a Ctrl-C at the terminal is for the server, which lets builds finish
  })
  let errorOutput = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errorOutput = `${errorOutput}${text}`.slice(-4000)
  })
  child.stdin.on('error', () => undefined)
  // Stays open: when this process exits for any reason, the build process reads the end of its input and stops.
  child.stdin.write(`${JSON.stringify(spec)}\n`)
  void preferToKill(child)
  let kill: NodeJS.Timeout | undefined
  return {
    pid: child.pid,
    lines: readLines(child),
    reply: (document) => void child.stdin.write(`${JSON.stringify(document)}\n`),
    stop: () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      kill ??= setTimeout(() => killGroup(child), GRACE_MS)
    },
    ended: new Promise((resolve) => {
      const end = (status: number | null, signal: string | null): void => {
        clearTimeout(kill)
        resolve({ status, signal, errorOutput: errorOutput.trim() })
      }
      child.once('error', (error) => {
        errorOutput = error.message
        end(null, null)
      })
      child.once('close', end)
    }),
  }
}

async function* readLines(child: ChildProcess): AsyncGenerator<BuildJobLine> {
  if (child.stdout === null) return
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.length < MAX_LINE && line.startsWith('{')) yield readLine(line)
  }
}

function readLine(line: string): BuildJobLine {
  const { success, output, issues } = v.safeParse(v.pipe(v.string(), v.parseJson(), buildJobLine), line)
  if (success) return output
  const at = v.getDotPath(issues[0]) ?? 'the line'
  throw new ServerError(
    'SERVER_BUILD_LOST',
    `Cannot read the build process's output at "${at}": ${issues[0].message}`,
    {
      hint: 'Restart the worker if tsbuild was updated while it ran',
    },
  )
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it has exited in the meantime
  }
}

/** When memory runs out, the kernel kills builds before the server. */
async function preferToKill({ pid }: ChildProcess): Promise<void> {
  await writeFile(`/proc/${pid}/oom_score_adj`, '500').catch(() => undefined) // it has exited, or belongs to another user
}
