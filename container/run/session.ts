import type { Duplex, Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ReadStream, WriteStream } from 'node:tty'
import { hasCode } from '../../errors/index.ts'
import type { Session, SessionEnd, SessionIo } from '../contract/container.ts'
import { parseExit } from '../control/control-client.ts'
import { createFrameReader, encodeFrame, encodeResize, FrameKind } from '../control/control-frames.ts'
import { createDetachFilter, parseDetachKeys } from './detach-keys.ts'
import { proxySignals } from './proxy-signals.ts'
import { setRaw } from './raw-terminal.ts'

const KILLED = 137

export interface SessionOptions {
  readonly terminal: boolean
  readonly openStdin: boolean
  /** Earlier output of a terminal is gone: request a redraw. */
  readonly isLate?: boolean
  /** Sends a signal on a separate connection, ahead of queued data. False if the container has exited. */
  readonly sendSignal: (name: string) => boolean
  readonly onDetach: () => void
}

/** Connects the caller's streams to a supervisor. */
export function openSession(connection: Duplex, io: SessionIo, options: SessionOptions): Session {
  const undo: (() => void)[] = []
  let isDetached = false
  const leave = () => {
    isDetached = true
    connection.destroy()
  }
  const detach = () => {
    if (!isDetached) options.onDetach()
    leave()
  }
  const restore = () => {
    for (const step of undo.splice(0).reverse()) step()
  }
  const resize = (columns: number, rows: number) => connection.write(encodeResize(columns, rows))
  const ended = readOutput(connection, io).then(async (exitCode): Promise<SessionEnd> => {
    restore() // from now on the caller handles signals, while the remaining output is read
    await Promise.all([flushed(io.stdout), flushed(io.stderr)])
    return isDetached ? { kind: 'detached' } : { kind: 'exited', exitCode }
  })
  if (options.terminal) undo.push(...followWindow(io, resize, options.isLate === true))
  if (options.openStdin) undo.push(passStdin(connection, io, { terminal: options.terminal, detach, leave }))
  if (io.proxySignals === true) undo.push(proxySignals(options.sendSignal, options.terminal ? restore : undefined))
  return { ended, detach, resize, signal: options.sendSignal }
}

/** Resolves with the exit code once all output is read. */
async function readOutput(connection: Duplex, io: SessionIo): Promise<number> {
  let exitCode = KILLED // a supervisor that closes without an exit code was killed, and its container with it
  const read = createFrameReader((kind, payload) => {
    if (kind === FrameKind.stdout) writeOut(connection, io.stdout, payload)
    else if (kind === FrameKind.stderr) writeOut(connection, io.stderr, payload)
    else if (kind === FrameKind.exit) exitCode = parseExit(payload).exitCode
  })
  connection.on('data', read)
  try {
    await finished(connection, { writable: false })
  } catch (error) {
    // The peer closed while data was being sent, or this side detached.
    if (!hasCode(error, 'EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE')) throw error
  }
  connection.destroy()
  return exitCode
}

/** Applies backpressure: reads from the supervisor no faster than the reader of our output does, if there is one. */
function writeOut(connection: Duplex, output: Writable, payload: Buffer): void {
  if (output.destroyed || output.write(payload)) return
  if (connection.isPaused()) return // already paused by an earlier frame of the same chunk
  connection.pause()
  const resume = () => {
    output.off('drain', resume).off('close', resume)
    connection.resume()
  }
  output.once('drain', resume).once('close', resume)
}

function flushed(output: Writable): Promise<void> {
  if (output.destroyed) return Promise.resolve()
  return new Promise((resolve) => output.write('', () => resolve()))
}

/** Returns a function that undoes it. */
function passStdin(
  connection: Duplex,
  io: SessionIo,
  { terminal, detach, leave }: { readonly terminal: boolean; readonly detach: () => void; readonly leave: () => void },
): () => void {
  const { stdin } = io
  if (stdin === undefined) {
    connection.write(encodeFrame(FrameKind.stdinEnd))
    return () => {}
  }
  const isRaw = terminal && stdin instanceof ReadStream
  if (isRaw) setRaw(stdin)
  const onDetachKeys = () => {
    io.stdout.write('\r\n') // the shell's prompt must start on a new line
    detach()
  }
  const filter = isRaw ? createDetachFilter(parseDetachKeys(io.detachKeys), onDetachKeys) : (typed: Buffer) => typed
  const onData = (chunk: Buffer | string) => sendStdin(connection, stdin, filter(Buffer.from(chunk)))
  const onEnd = () =>
    connection.write(encodeFrame(FrameKind.stdinEnd), () => {
      if (io.endsWithStdin === true) leave()
    })
  stdin.on('data', onData).on('end', onEnd)
  return () => {
    stdin.off('data', onData).off('end', onEnd)
    stdin.pause()
    if (isRaw) stdin.setRawMode(false)
  }
}

const PIECE_BYTES = 64 << 10

function sendStdin(connection: Duplex, stdin: Readable, bytes: Buffer): void {
  let isTaken = true
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    isTaken = connection.write(encodeFrame(FrameKind.stdin, bytes.subarray(at, at + PIECE_BYTES)))
  }
  if (isTaken) return
  stdin.pause()
  connection.once('drain', () => stdin.resume())
}

/** A program is notified only if its terminal's size changes: setting another size first makes it redraw. */
function followWindow(
  io: SessionIo,
  resize: (columns: number, rows: number) => void,
  redraws: boolean,
): (() => void)[] {
  const { stdout } = io
  if (!(stdout instanceof WriteStream)) return []
  if (redraws) resize(stdout.columns + 1, stdout.rows + 1)
  const follow = () => resize(stdout.columns, stdout.rows)
  follow()
  stdout.on('resize', follow)
  return [() => stdout.off('resize', follow)]
}
