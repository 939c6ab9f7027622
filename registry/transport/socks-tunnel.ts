import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { ProxyAnswer } from './proxy-failure.ts'
import type { TunnelRequest } from './tunnel-request.ts'

const VERSION = 5
const NO_LOGIN = 0
const PASSWORD = 2
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 4: 16 }
const DOMAIN = 3

/** SPEC: RFC 1928 section 6: meanings of a reply. */
const REPLIES: readonly (readonly [status: number, text: string])[] = [
  [200, 'succeeded'],
  [502, 'failed'],
  [403, 'does not allow the connection'],
  [502, 'returned "network unreachable"'],
  [502, 'returned "host unreachable"'],
  [502, 'returned "connection refused"'],
  [504, 'returned "TTL expired"'],
  [501, 'does not support the command'],
  [501, 'does not support the type of address'],
]
const MAX_COUNT = 255
const TOO_LONG = `more than ${MAX_COUNT} bytes`
const LOGIN_REFUSED: ProxyAnswer = { status: 407, text: 'refused the login' }
const LONG_LOGIN: ProxyAnswer = { status: 407, text: `cannot receive a user name or password of ${TOO_LONG}` }

/** The proxy looks the name up, as with Go. Returns the refusal, if any. SPEC: RFC 1928, RFC 1929 */
export async function openSocksTunnel(socket: Socket, request: TunnelRequest): Promise<ProxyAnswer | undefined> {
  const { login, target, signal } = request
  if (!isCountable(target.hostname)) return { status: 400, text: `cannot look up a name of ${TOO_LONG}` }
  const read = (bytes: number) => readExactly(socket, bytes, signal)
  const methods = login === undefined ? [NO_LOGIN] : [NO_LOGIN, PASSWORD]
  socket.write(Buffer.from([VERSION, methods.length, ...methods]))
  const [version, method] = await read(2)
  if (version !== VERSION) return { status: 501, text: 'does not speak SOCKS version 5' }
  if (method === PASSWORD && login !== undefined) {
    if (!isCountable(login.username) || !isCountable(login.password)) return LONG_LOGIN
    socket.write(Buffer.concat([Buffer.from([1]), counted(login.username), counted(login.password)]))
    if ((await read(2))[1] !== 0) return LOGIN_REFUSED
  } else if (method !== NO_LOGIN) return LOGIN_REFUSED
  const port = Buffer.alloc(2)
  port.writeUInt16BE(Number(target.port))
  socket.write(Buffer.concat([Buffer.from([VERSION, 1, 0, DOMAIN]), counted(target.hostname), port]))
  const [, reply = 1, , type = 0] = await read(4)
  if (reply === 0) await read((ADDRESS_BYTES[type] ?? (await read(1))[0] ?? 0) + port.length)
  const [status, text] = REPLIES[reply] ?? [502, `returned reply ${reply}`]
  return reply === 0 ? undefined : { status, text }
}

function isCountable(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_COUNT
}

/** The length in one byte, then the bytes. */
function counted(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

async function readExactly(socket: Socket, bytes: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    const piece: unknown = socket.read(bytes)
    if (piece instanceof Buffer && piece.length === bytes) return piece
    if (socket.readableEnded || socket.destroyed) throw closed()
    await once(socket, 'readable', { signal })
  }
}

function closed(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })
}
