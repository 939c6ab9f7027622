import type { Session, SessionIo } from '../../container/index.ts'
import type { Io } from '../command.ts'

export interface SessionFlags {
  readonly interactive: boolean
  readonly 'sig-proxy': boolean
  readonly 'detach-keys': string | undefined
}

/** This process's standard streams for a container in the foreground. */
export function sessionIo(io: Io, flags: SessionFlags): SessionIo {
  return {
    ...(flags.interactive ? { stdin: io.stdin } : {}),
    stdout: io.stdout,
    stderr: io.stderr,
    proxySignals: flags['sig-proxy'],
    ...(flags['detach-keys'] === undefined ? {} : { detachKeys: flags['detach-keys'] }),
  }
}

/** The exit code of the session's command; 0 if it was left running. */
export async function endOf(session: Session | undefined): Promise<number> {
  const end = await session?.ended
  return end?.kind === 'exited' ? end.exitCode : 0
}
