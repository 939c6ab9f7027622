import type { ChildProcess } from 'node:child_process'
import { Duplex, Readable, Writable } from 'node:stream'
import { type Binary, callBinary } from './call-binary.ts'
import { aborted, cannotStart, failureOf, SandboxError } from './errors.ts'
import { runToEnd } from './native-sandbox.ts'
import { type Envelope, PROTOCOL_VERSION, type Request, type Status } from './protocol.ts'
import type { StartedSupervisor, Supervisors } from './sandbox.ts'
import { startBinary } from './start-binary.ts'
import { readStatusLines } from './status-lines.ts'

const REQUEST = 3
const STATUS = 4
const FIRST_CLIENT = 5

/** Supervisors by our own binary. */
export function createNativeSupervisors(binary: Binary): Supervisors {
  return {
    start: (request, onWarning, signal) => start(binary, { verb: 'supervise', ...request }, { onWarning, signal }),
    exec: (request, io, signal) => runToEnd(binary, { verb: 'exec', ...request }, { io, signal }),
    async execDetached(request) {
      await start(binary, { verb: 'exec', detached: true, ...request })
    },
    async limit(cgroup, limits) {
      await callBinary(binary, { request: { verb: 'limit', cgroup, limits } })
    },
    async release(containers) {
      await callBinary(binary, { request: { verb: 'release', containers } })
    },
  }
}

type DetachedRequest = Extract<Request, { readonly verb: 'supervise' | 'exec' }>

interface StartOptions {
  readonly onWarning?: ((message: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

async function start(
  binary: Binary,
  request: DetachedRequest,
  { onWarning = () => {}, signal }: StartOptions = {},
): Promise<StartedSupervisor> {
  if (signal?.aborted === true) throw aborted(signal)
  const child = await startDetached(binary, request)
  const answered = firstAnswer(child, binary, onWarning)
  sendRequest(child, binary, request)
  try {
    const pid = await untilAborted(answered, child, signal)
    const channels: readonly unknown[] = child.stdio
    const connection = channels[FIRST_CLIENT]
    return { pid, ...(connection instanceof Duplex ? { connection } : {}) }
  } finally {
    child.stdio[STATUS]?.destroy()
    child.unref()
  }
}

/** It ends with all that it has started. */
function untilAborted(answered: Promise<number>, child: ChildProcess, signal?: AbortSignal): Promise<number> {
  if (signal === undefined) return answered
  return new Promise((resolve, reject) => {
    const abort = () => {
      child.kill('SIGTERM')
      reject(aborted(signal))
    }
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort() // while it was started
    answered.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** In its own session: neither the terminal's signals nor this process's exit affect it. */
function startDetached(binary: Binary, request: DetachedRequest): Promise<ChildProcess> {
  const firstClient = request.verb === 'supervise' && request.attached ? (['pipe'] as const) : []
  return startBinary(binary.path, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe', ...firstClient],
    // SECURITY: the caller's environment may contain credentials; the binary needs none of it.
    env: { PATH: binary.searchPath },
    cwd: '/',
    detached: true,
  })
}

/** The PID in `started`; rejects on `failed`, and if the process exits without a status. */
function firstAnswer(child: ChildProcess, binary: Binary, onWarning: (message: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const onStatus = (status: Status) => {
      if (status.kind === 'warning') onWarning(status.message)
      else if (status.kind === 'started') resolve(status.pid)
      else if (status.kind === 'failed') reject(failureOf(status))
    }
    const stream = child.stdio[STATUS]
    if (stream instanceof Readable) {
      readStatusLines(stream, onStatus, reject)
      stream.on('end', () =>
        reject(new SandboxError('SANDBOX_CRASHED', 'Cannot start the container: its supervisor ended early')),
      )
    }
    child.on('error', (cause) => reject(cannotStart(binary.path, cause)))
  })
}

function sendRequest(child: ChildProcess, binary: Binary, request: DetachedRequest): void {
  const stream = child.stdio[REQUEST]
  if (!(stream instanceof Writable)) return // not started: reported by the `error` event
  stream.on('error', () => {}) // the reader has ended first; its status or exit reports why
  const envelope: Envelope = { version: PROTOCOL_VERSION, idMapping: binary.idMapping, request }
  stream.end(JSON.stringify(envelope))
}
