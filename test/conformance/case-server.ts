import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Outcome } from './outcome.ts'

/** Serves the directory `www` of a case with `server`, in a separate process. */
export interface CaseServer {
  /** `http://127.0.0.1:40123`, recorded as `http://origin`. */
  readonly origin: string
  close(): Promise<void>
}

export async function startCaseServer(context: string): Promise<CaseServer> {
  const server = spawn('python3', ['-B', join(import.meta.dirname, 'serve.py'), join(context, 'www')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(server, 'exit')
  const [port] = (await once(server.stdout, 'data')) as [Buffer]
  return {
    origin: `http://127.0.0.1:${port.toString().trim()}`,
    close: async () => {
      server.stdin.end()
      await ended
    },
  }
}

/** The port differs between runs. */
export function withoutOrigin<O extends Outcome>(outcome: O, server: CaseServer | undefined): O {
  if (server === undefined) return outcome
  return JSON.parse(JSON.stringify(outcome).replaceAll(server.origin, 'http://origin'))
}
