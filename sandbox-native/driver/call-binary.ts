import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { pipeline, Readable, Writable } from 'node:stream'
import { aborted, cannotStart, crashed, failureOf, type SandboxError } from './errors.ts'
import { type Envelope, type IdMapping, PROTOCOL_VERSION, type Request, type Status } from './protocol.ts'
import type { SandboxIo } from './sandbox.ts'
import { startBinary } from './start-binary.ts'
import { readStatusLines } from './status-lines.ts'

/** What all calls of one opened binary have in common. */
export interface Binary {
  readonly path: string
  readonly idMapping: IdMapping
  /** The PATH on which the binary finds newuidmap, pasta and their like. */
  readonly searchPath: string
}

export interface Call {
  readonly request: Request
  /** Without an output, the binary's output is discarded. */
  readonly io?: Partial<Pick<SandboxIo, 'stdin' | 'output'>>
  readonly onStatus?: (status: Status) => void
  /** Passed as the descriptors from 5 on. */
  readonly lockDescriptors?: readonly number[]
  /** Read as standard input. */
  readonly source?: Readable
  /** Passed as standard input; this process reads no more of it. Handed over before this call first waits. */
  readonly connection?: Socket
  /** Receives standard output instead of `io.output`; not ended. */
  readonly sink?: Writable
  readonly signal?: AbortSignal | undefined
}

export type FinalStatus = Extract<Status, { kind: 'exited' | 'result' }>

const REQUEST = 3
const STATUS = 4
const STDERR_KEPT = 4000
/** EPIPE, as the kernel numbers it. */
const BROKEN_PIPE = '32'

/**
 * One process per request. Resolves with the last status once the process has exited and its output was read to the
 * end; rejects with SandboxError on `failed`, on a crash, and on abort.
 */
export async function callBinary(binary: Binary, call: Call): Promise<FinalStatus> {
  const isAborted = (): boolean => call.signal?.aborted === true
  if (isAborted()) throw aborted(call.signal)
  const child = await start(binary, call)
  const ended = waitForEnd(child, binary)
  const abort = () => child.kill('SIGTERM') // the binary then ends the whole step and cleans up
  call.signal?.addEventListener('abort', abort, { once: true })
  if (isAborted()) abort() // while it was started
  try {
    let leave = (_how: string): void => {}
    const left = new Promise<string>((resolve) => {
      leave = resolve
    })
    const readStatus = collectStatus(child, (status) => {
      call.onStatus?.(status)
      if (status.kind === 'exited' && status.isDetached === true) leave('detached')
    })
    const readStderr = passOutput(child, call)
    sendRequest(child, binary, call)
    const how = await Promise.race([ended, left])
    child.unref() // a process left running outlives this one
    const last = readStatus()
    if (last?.kind === 'failed' && last.errno === BROKEN_PIPE) call.sink?.destroy(brokenPipe())
    return finish(call.signal, last, () => crashed(how, readStderr()))
  } finally {
    call.signal?.removeEventListener('abort', abort)
  }
}

function start(binary: Binary, call: Call): Promise<ChildProcess> {
  const { stdin, output } = call.io ?? {}
  const err = output === 'inherit' ? 'inherit' : 'pipe'
  const taken = output === undefined && call.sink === undefined ? 'ignore' : err
  // Standard streams are opened on first use, which takes a millisecond.
  const out = call.sink !== undefined && call.sink === process.stdout ? 'inherit' : taken
  if (out === 'inherit') openStandardError()
  const isOwn = stdin === 'inherit' || (call.source !== undefined && call.source === process.stdin)
  const fed = (stdin ?? call.source) === undefined ? 'ignore' : 'pipe'
  const input = isOwn ? 'inherit' : (call.connection ?? fed)
  // SECURITY: the caller's environment may contain credentials; the binary needs none of it.
  const env = { PATH: binary.searchPath }
  return startBinary(binary.path, { stdio: [input, out, err, 'pipe', 'pipe', ...(call.lockDescriptors ?? [])], env })
}

/**
 * Node opens it when any socket is closed, which makes a pipe non-blocking for all processes that share it. Starting a
 * process makes it blocking again, but only if it was open before.
 */
function openStandardError(): void {
  void process.stderr
}

/** Reports how the process ended once its output was read to the end. */
function waitForEnd(child: ChildProcess, binary: Binary): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(cannotStart(binary.path, cause)))
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}

function finish(signal: AbortSignal | undefined, last: Status | undefined, crash: () => SandboxError): FinalStatus {
  if (signal?.aborted === true) throw aborted(signal)
  if (last?.kind === 'exited' || last?.kind === 'result') return last
  if (last?.kind === 'failed') throw failureOf(last)
  throw crash()
}

/** The returned function returns the last status, or throws the error of an unreadable line. */
function collectStatus(child: ChildProcess, onStatus: Call['onStatus']): () => Status | undefined {
  let last: Status | undefined
  let trouble: Error | undefined
  const stream = child.stdio[STATUS]
  if (stream instanceof Readable) {
    readStatusLines(
      stream,
      (status) => {
        last = status
        onStatus?.(status)
      },
      (error) => {
        trouble ??= error
      },
    )
  }
  return () => {
    if (trouble !== undefined) throw trouble
    return last
  }
}

/** The returned function returns the end of stderr, if nothing else reads it. */
function passOutput(child: ChildProcess, { io: { output } = {}, sink, signal }: Call): () => string {
  let kept = ''
  if (output !== 'inherit') {
    if (sink !== undefined) passTo(sink, child)
    else readChunks(child.stdout, (chunk) => output?.('stdout', chunk), signal)
    const takeError = (chunk: Buffer) => {
      kept = (kept + chunk.toString('latin1')).slice(-STDERR_KEPT)
      return output?.('stderr', chunk)
    }
    readChunks(child.stderr, takeError, signal)
  }
  return () => kept.trim()
}

/**
 * Reads no faster than chunks are processed, so that a slow reader slows the command down, and lets this process see
 * signals between them: node itself would pass on 32 chunks, a million short lines. After an abort, drops everything.
 */
function readChunks(
  stream: Readable | null,
  take: (chunk: Buffer) => void | Promise<void>,
  signal: AbortSignal | undefined,
): void {
  if (stream === null) return
  const resume = () => stream.resume()
  signal?.addEventListener('abort', resume, { once: true })
  stream.once('close', () => signal?.removeEventListener('abort', resume))
  stream.on('data', (chunk: Buffer) => {
    if (signal?.aborted === true) return
    stream.pause()
    void Promise.resolve(take(chunk)).then(() => setImmediate(resume))
  })
}

function sendRequest(child: ChildProcess, binary: Binary, call: Call): void {
  const envelope: Envelope = { version: PROTOCOL_VERSION, idMapping: binary.idMapping, request: call.request }
  endWith(child.stdio[REQUEST], JSON.stringify(envelope))
  if (call.io?.stdin instanceof Uint8Array) endWith(child.stdin, call.io.stdin)
  if (call.source !== undefined) feed(child.stdin, call.source)
}

/** A slow reader loses nothing; one that closes the stream ends the process. */
function passTo(sink: Writable, child: ChildProcess): void {
  child.stdout?.pipe(sink, { end: false })
  const stop = () => child.stdout?.destroy()
  sink.once('error', stop).once('close', stop)
  child.once('close', () => sink.off('error', stop).off('close', stop))
}

function feed(stdin: Writable | null, source: Readable): void {
  if (stdin !== null) pipeline(source, stdin, () => {}) // a failure is reported when the process ends
}

function endWith(stream: unknown, content: string | Uint8Array): void {
  if (!(stream instanceof Writable)) return // not started: reported by the `error` event
  stream.on('error', () => {}) // the reader has ended first; how it ended is reported by its exit
  stream.end(content)
}

/** The binary wrote in place of the sink: a closed reader is the sink's failure. */
function brokenPipe(): Error {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
}
