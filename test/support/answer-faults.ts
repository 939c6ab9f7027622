import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Fault } from './fault-registry.ts'

/** The requests that a fault affects, and how often; -1 means always. */
export interface Aim {
  readonly times: number
  readonly matches: (request: IncomingMessage) => boolean
}

type Head = Readonly<Record<string, string | number>>
/** The original response of the registry. */
interface Answer {
  readonly status: number
  readonly headers: Head
  readonly body: Buffer
}

/** Lets the registry respond, and sends something else instead. */
function replacing(
  aim: Aim,
  send: (answer: Answer, response: ServerResponse, request: IncomingMessage) => void,
): Fault {
  return counted(aim, (request, response) => {
    let status = 200
    let headers: Head = {}
    const { writeHead, end } = response
    response.writeHead = ((code: number, more: Head = {}) => {
      status = code
      headers = more
      return response
    }) as typeof response.writeHead
    response.end = ((body?: Buffer | string) => {
      response.writeHead = writeHead
      response.end = end
      send({ status, headers, body: Buffer.from(body ?? '') }, response, request)
      return response
    }) as typeof response.end
    return false
  })
}

/** Resets the connection before the response. */
export function resetting(aim: Aim): Fault {
  return counted(aim, (request) => {
    request.socket.resetAndDestroy()
    return true
  })
}

/** Sends half of the body, then closes the connection. */
export function truncating(aim: Aim): Fault {
  return replacing(aim, ({ status, headers, body }, response) => {
    response.writeHead(status, { 'content-length': body.length, ...headers })
    response.write(body.subarray(0, body.length >> 1), () => response.destroy())
  })
}

/** Changes one byte. */
export function damaging(aim: Aim): Fault {
  return replacing(aim, ({ status, headers, body }, response) => {
    const damaged = Buffer.from(body)
    const middle = body.length >> 1
    damaged[middle] = (damaged[middle] ?? 0) ^ 1
    response.writeHead(status, { ...headers }).end(damaged)
  })
}

/** Appends data to the body, with a matching length. */
export function lengthening(aim: Aim): Fault {
  return replacing(aim, ({ status, headers, body }, response) => {
    const longer = Buffer.concat([body, Buffer.from('more')])
    response.writeHead(status, { ...headers, 'content-length': longer.length }).end(longer)
  })
}

/** Sends a page of a proxy or login instead. */
export function showingPage(aim: Aim, status: number): Fault {
  return counted(aim, (request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'text/html' })
    response.end(request.method === 'HEAD' ? undefined : '<!DOCTYPE html><html><title>Sign in</title></html>')
    return true
  })
}

/** Sends the right bytes with a generic content type. */
export function mistyping(aim: Aim): Fault {
  return replacing(aim, ({ status, headers, body }, response) => {
    response.writeHead(status, { ...headers, 'content-type': 'text/plain' }).end(body)
  })
}

/** Responds like an HTTP/1.0 server: without a length, closing the connection at the end of the body. */
export function answeringOldHttp(aim: Aim): Fault {
  return replacing(aim, ({ status, headers, body }, response) => {
    const lines = Object.entries(headers).filter(([name]) => name !== 'content-length')
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    response.socket?.end(Buffer.concat([Buffer.from(`HTTP/1.0 ${status} OK\r\n${head}\r\n`), body]))
  })
}

/** Responds with HTTP/1.1 without a length, and closes the connection. */
export function closingWithoutLength(aim: Aim): Fault {
  return replacing(aim, ({ status, headers, body }, response) => {
    const lines = Object.entries(headers).filter(([name]) => name !== 'content-length')
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const start = `HTTP/1.1 ${status} OK\r\nconnection: close\r\n${head}\r\n`
    response.socket?.end(Buffer.concat([Buffer.from(start), body]))
  })
}

/** Sends a few bytes at a time. */
export function dripping(aim: Aim): Fault {
  return replacing(aim, ({ status, headers, body }, response) => {
    response.writeHead(status, { ...headers })
    let at = 0
    const piece = Math.max(1, Math.ceil(body.length / 20))
    const drip = (): void => {
      if (at >= body.length) {
        response.end()
        return
      }
      response.write(body.subarray(at, at + piece), () => setTimeout(drip, 5))
      at += piece
    }
    drip()
  })
}

function counted({ times, matches }: Aim, fault: Fault): Fault {
  let left = times
  return (request, response) => {
    if (left === 0 || !matches(request)) return false
    left--
    return fault(request, response)
  }
}
