import type { Socket } from 'node:net'

const BEGINNING = 'HTTP/1.1 100'
const END = /\r?\n\r?\n/
/** More is passed on as it is. */
const MAX_INTERIM_BYTES = 4096

/**
 * Removes "100 Continue" before the response to a request that did not ask for it, as some proxies send it: undici
 * closes the connection. SPEC: RFC 9110 section 15.2
 */
export function removeContinue(socket: Socket): void {
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
    const mayContinue = rest.length < MAX_INTERIM_BYTES && isContinue(rest)
    isBeforeResponse = mayContinue
    held = mayContinue ? rest : Buffer.alloc(0)
    return mayContinue ? socket.read(size) : rest
  }
}

function afterContinue(bytes: Buffer): Buffer {
  const end = isContinue(bytes) ? END.exec(bytes.toString('latin1', 0, MAX_INTERIM_BYTES)) : null
  return end === null ? bytes : afterContinue(bytes.subarray(end.index + end[0].length))
}

/** Or the beginning of one. */
function isContinue(bytes: Buffer): boolean {
  return BEGINNING.startsWith(bytes.toString('latin1', 0, BEGINNING.length))
}
