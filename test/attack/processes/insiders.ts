import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { build } from 'esbuild'
import { beforeAll } from 'vitest'
import { findBinary } from '../../../sandbox-native/driver/index.ts'
import { makeBusyboxRoot } from '../../sandbox-native/busybox-root.ts'
import { removeAfterFile } from '../../support/removed-afterwards.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { addAccount } from '../../support/user-account.ts'

/** How an untrusted command runs: as a build step, as a container, or by joining a container. */
export type Way = 'step' | 'run' | 'exec'

export interface Attempt {
  readonly way: Way
  /** A script for `sh -c`, or the words of the command. */
  readonly script: string | readonly string[]
  readonly privileged?: boolean
  readonly workingDir?: string
  readonly env?: readonly string[]
  readonly pidsMax?: number
  readonly securityOptions?: readonly string[]
  /** First process of the joined container. */
  readonly host?: readonly string[]
}

export interface Witness {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  /** Why the command was not started. */
  readonly refusal?: string
}

export interface Insider {
  readonly name: string
  readonly way: Way
  readonly isRootless: boolean
  /** A seccomp filter emulates its file owners in any case. */
  readonly hasSingleId: boolean
  /** The program that starts it, a private copy for these tests. */
  binary(): string
  run(script: Attempt['script'], more?: Omit<Attempt, 'way' | 'script'>): Promise<Witness>
}

const WAYS: readonly (readonly [Way, string])[] = [
  ['step', 'a build step'],
  ['run', 'a container'],
  ['exec', 'a command that joins a container'],
]

/** The user whose program runs the untrusted command. */
const CALLERS = [
  { isRootless: false, hasSingleId: false, name: '' },
  { isRootless: true, hasSingleId: false, name: ' of a user' },
  { isRootless: true, hasSingleId: true, name: ' of a user with a single id' },
] as const

/** All ways for all callers. `plant` adds files to the root filesystem of the image. */
export function useInsiders(plant: (tree: string) => void = () => {}): readonly Insider[] {
  const directory = temporaryDirectory('attack')
  const seats: Seat[] = []
  beforeAll(async () => {
    chmodSync(directory, 0o755)
    makeTree(join(directory, 'tree'), plant)
    copyFileSync(findBinary(process.env), join(directory, 'binary'))
    await bundle(join(directory, 'insider.mjs'))
    const users = [addAccount(), addAccount({ hasSubordinateIds: false })]
    for (const name of ['root', ...users.map((user) => user.name)]) seats.push(joinAs(directory, name))
  })
  return CALLERS.flatMap((caller, seat) =>
    WAYS.map(
      ([way, name]): Insider => ({
        name: `${name}${caller.name}`,
        way,
        isRootless: caller.isRootless,
        hasSingleId: caller.hasSingleId,
        binary: () => join(directory, 'binary'),
        run: (script, more = {}) => seatOf(seats, seat).ask({ way, script, ...more }),
      }),
    ),
  )
}

interface Seat {
  ask(attempt: Attempt): Promise<Witness>
}

function seatOf(seats: readonly Seat[], number: number): Seat {
  const seat = seats[number]
  if (seat === undefined) throw new Error('asked before the tests have begun')
  return seat
}

function joinAs(directory: string, user: string): Seat {
  const store = join(directory, `store-${user}`)
  mkdirSync(store)
  execFileSync('chown', [user, store])
  const argv = [join(directory, 'insider.mjs'), store, join(directory, 'tree'), join(directory, 'binary')]
  const child = spawn('runuser', ['-u', user, '--', process.execPath, ...argv], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
  })
  removeAfterFile(async () => {
    const ended = new Promise((resolve) => child.on('close', resolve))
    child.stdin?.end()
    await ended
  })
  const answers = answersOf(child)
  let last: Promise<unknown> = Promise.resolve()
  return {
    ask(attempt) {
      const answer = last.then(async (): Promise<Witness> => {
        child.stdin?.write(`${JSON.stringify(attempt)}\n`)
        const { value, done } = await answers.next()
        if (done === true) throw new Error('the insider has died')
        return JSON.parse(value)
      })
      last = answer.catch(() => {})
      return answer
    },
  }
}

function answersOf(child: ChildProcess): ReturnType<Interface[typeof Symbol.asyncIterator]> {
  if (child.stdout === null) throw new Error('not piped')
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]()
}

function makeTree(tree: string, plant: (tree: string) => void): void {
  const busybox = makeBusyboxRoot()
  cpSync(busybox.lower, tree, { recursive: true, verbatimSymlinks: true })
  busybox.remove()
  plant(tree)
}

async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'insider-process.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url)",
    },
  })
}
