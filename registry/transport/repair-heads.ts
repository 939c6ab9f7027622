import type { Socket } from 'node:net'

const BEGINNING = 'HTTP/1.'
const CONTINUE = 'HTTP/1.1 100'
const END = /\r?\n\r?\n/
/** More is passed on as it is. */
const MAX_HEAD_BYTES = 16 << 10

/**
 * Removes from the head of a response what other clients ignore, but undici takes for the end of the connection or a
 * broken body: "100 Continue" before the response to a request that did not ask for it, as some proxies send it, and a
 * Content-Length next to Transfer-Encoding. SPEC: RFC 9110 section 15.2, RFC 9112 section 6.3
 */
export function repairHeads(socket: Socket): void {
  const read = socket.read.bind(socket)
  const write = socket.write.bind(socket)
  let isBeforeResponse = false
  let held: Buffer = Buffer.alloc(0)
  // undici writes the head of a request as text, and its body as bytes.
  socket.write = (...values: readonly unknown[]): boolean => {
    isBeforeResponse ||= typeof values[0] === 'string'
    return Reflect.apply(write, socket, values)
  }
  socket.read = (size?: number): unknown => {
    const piece: unknown = read(size)
    if (!isBeforeResponse || !(piece instanceof Uint8Array)) return piece
    const rest = afterContinue(Buffer.concat([held, piece]))
    isBeforeResponse = rest.length < MAX_HEAD_BYTES && isUnfinished(rest)
    held = isBeforeResponse ? rest : Buffer.alloc(0)
    return isBeforeResponse ? socket.read(size) : withOneLength(rest)
  }
}

function afterContinue(bytes: Buffer): Buffer {
  const end = beginsLike(bytes, CONTINUE) ? endOfHead(bytes) : undefined
  return end === undefined ? bytes : afterContinue(bytes.subarray(end))
}

function isUnfinished(bytes: Buffer): boolean {
  return beginsLike(bytes, BEGINNING) && endOfHead(bytes) === undefined
}

function beginsLike(bytes: Buffer, text: string): boolean {
  return text.startsWith(bytes.toString('latin1', 0, text.length))
}

function endOfHead(bytes: Buffer): number | undefined {
  const end = END.exec(bytes.toString('latin1', 0, MAX_HEAD_BYTES))
  return end === null ? undefined : end.index + end[0].length
}

/** The name is overwritten in place. */
function withOneLength(bytes: Buffer): Buffer {
  const head = bytes.toString('latin1', 0, endOfHead(bytes) ?? 0)
  if (!/^transfer-encoding:.*\bchunked\b/im.test(head)) return bytes
  for (const { index } of head.matchAll(/^content-length(?=[ \t]*:)/gim)) bytes.write('x-other-length', index, 'latin1')
  return bytes
}
