/**
 * Messages on a supervisor's `attach.sock`: a letter for the kind, the payload's length (4 bytes, big-endian), and the
 * payload. sandbox-native/PROTOCOL.md lists the kinds.
 */
export const FrameKind = {
  wantOutput: 'o',
  feedStdin: 'f',
  stdin: 'i',
  stdinEnd: 'e',
  resize: 'r',
  signal: 's',
  stop: 't',
  attributes: 'a',
  change: 'c',
  freeze: 'p',
  stdout: '1',
  stderr: '2',
  exit: 'x',
} as const

const HEADER_BYTES = 5
/** A supervisor sends output as it reads it from a pipe, so frames are never longer. */
const MAX_PAYLOAD = 1 << 20

export function encodeFrame(kind: string, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length)
  frame.write(kind, 0, 'latin1')
  frame.writeUInt32BE(payload.length, 1)
  frame.set(payload, HEADER_BYTES)
  return frame
}

export function encodeResize(columns: number, rows: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt16BE(columns, 0)
  payload.writeUInt16BE(rows, 2)
  return encodeFrame(FrameKind.resize, payload)
}

/** Without a timeout, the supervisor waits indefinitely. */
export function encodeStop(signal: number, timeoutMs: number): Buffer {
  const payload = Buffer.alloc(5)
  payload.writeUInt8(signal, 0)
  payload.writeUInt32BE(timeoutMs, 1)
  return encodeFrame(FrameKind.stop, payload)
}

/** Splits a stream of chunks into messages. */
export function createFrameReader(onFrame: (kind: string, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (bytes.length >= HEADER_BYTES) {
      const length = bytes.readUInt32BE(1)
      if (length > MAX_PAYLOAD) throw new Error(`A supervisor announced a message of ${length} bytes`)
      if (bytes.length < HEADER_BYTES + length) break
      onFrame(String.fromCharCode(bytes[0] ?? 0), bytes.subarray(HEADER_BYTES, HEADER_BYTES + length))
      bytes = bytes.subarray(HEADER_BYTES + length)
    }
    rest = bytes
  }
}
