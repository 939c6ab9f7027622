import { Writable } from 'node:stream'
import type { Session, SessionIo } from '../../container/index.ts'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Interrupt } from '../interrupt.ts'
import { ENDED_BY_SIGPIPE } from '../terminal/standard-streams.ts'

export interface SessionFlags {
  readonly interactive: boolean
  readonly 'sig-proxy': boolean
  readonly 'detach-keys': string | undefined
}

/**
 * This process's standard streams for a container in the foreground; if `attach` is not empty, only those it lists, but
 * as in docker, standard input if it is interactive.
 */
export function sessionIo(io: Io, flags: SessionFlags, attach: readonly string[] = []): SessionIo {
  return {
    ...(flags.interactive && { stdin: io.stdin, endsWithStdin: isInputOnly(attach) }),
    stdout: isAttached('stdout', attach) ? io.stdout : nowhere(),
    stderr: isAttached('stderr', attach) ? io.stderr : nowhere(),
    proxySignals: flags['sig-proxy'],
    ...(flags['detach-keys'] !== undefined && { detachKeys: flags['detach-keys'] }),
  }
}

/** Whether nothing of the container's output is attached: then `run` prints its ID instead. */
export function isInputOnly(attach: readonly string[]): boolean {
  return !isAttached('stdout', attach) && !isAttached('stderr', attach)
}

function isAttached(stream: string, attach: readonly string[]): boolean {
  return attach.length === 0 || attach.some((name) => name.toLowerCase() === stream)
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}

/**
 * The exit code of the session's command; 0 if it was detached, unless `whenDetached` returns another. An interrupt or
 * a closed output also leaves the command running, but 0 would imply that it succeeded.
 */
export async function endOf(
  session: Session | undefined,
  { signal, exitCode }: Interrupt,
  whenDetached: () => number = () => exitCodes.ok,
): Promise<number> {
  const interrupted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const end = signal.aborted ? undefined : await Promise.race([session?.ended, interrupted])
  if (signal.aborted && end === undefined) return exitCode() || ENDED_BY_SIGPIPE
  if (end?.kind === 'detached') return whenDetached()
  return end?.exitCode ?? exitCodes.ok
}

/** `attach` and `exec` report the detach keys as an error, as in docker. */
export function reportDetach(io: Io): number {
  io.stderr.write('read escape sequence\n')
  return exitCodes.failed
}

/** A terminal in the container requires one outside if standard input is attached. */
export function requireTerminal(
  io: Io,
  flags: { readonly tty: boolean; readonly interactive: boolean; readonly detach: boolean },
): void {
  if (flags.tty && flags.interactive && !flags.detach && io.stdin.isTTY !== true)
    throw noTerminal('use "-t" with "-i"', 'Omit -t')
}

export function noTerminal(doing: string, hint: string): CliError {
  return new CliError('CLI_NEEDS_TERMINAL', `Cannot ${doing}: standard input is not a terminal`, { hint })
}
