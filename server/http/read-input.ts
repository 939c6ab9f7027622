import type { Context } from 'hono'
import type { GenericSchema, InferOutput } from 'valibot'
import * as v from 'valibot'
import { ServerError } from '../errors.ts'
import { issueText } from '../issue-text.ts'
import { missing } from '../state/missing.ts'
import { countBody } from './body-budget.ts'

const MAX_BODY = 1 << 20

/** The whole raw body; refused before its end if it is too long. */
export async function readBody(c: Context, maxBytes: number, hint = 'Send less'): Promise<Buffer> {
  refuseEncodings(c)
  const declared = Number(c.req.header('content-length') ?? 0)
  const body = declared <= maxBytes ? await readUpTo(c.req.raw.body, maxBytes) : undefined
  if (body !== undefined) return body
  throw new ServerError('SERVER_TOO_LARGE', `Cannot read the request: its body is longer than ${maxBytes} bytes`, {
    hint,
  })
}

/** SECURITY: a filter in front of the server that decodes the body would read another text than the server does. */
function refuseEncodings(c: Context): void {
  const coding = c.req.header('content-encoding')?.trim() || 'identity'
  if (coding.toLowerCase() !== 'identity') throw badRequest(`content encoding "${coding}" (must be absent or identity)`)
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(c.req.header('content-type') ?? '')?.[1] ?? 'utf-8'
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset.toLowerCase()))
    throw badRequest(`charset "${charset}" (must be utf-8)`)
}

async function readUpTo(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Buffer | undefined> {
  const reader = body?.getReader()
  if (reader === undefined) return Buffer.alloc(0)
  let isAborted = false
  const counted = countBody(() => {
    isAborted = true
    void reader.cancel().catch(() => undefined) // the client has already disconnected
  })
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length
      if (length > maxBytes) return undefined
      chunks.push(part.value)
      counted.add(part.value.length)
    }
  } finally {
    counted.leave()
  }
  if (!isAborted) return Buffer.concat(chunks)
  throw new ServerError('SERVER_BUSY', 'Cannot read the request: too many large requests are being sent', {
    hint: 'Send it again',
  })
}

export async function readJson<S extends GenericSchema>(c: Context, schema: S): Promise<InferOutput<S>> {
  const body = await readBody(c, MAX_BODY)
  // SECURITY: forms of other sites cannot have this type.
  if (!isOfType(c.req.header('content-type'), 'application/json'))
    throw badRequest('the content type is not application/json')
  const document = parseJson(body, onlyStorable)
  if (Array.isArray(document)) throw badRequest('it is a list (expected an object)') // schemas of objects accept lists
  return check(schema, document)
}

/** SPEC: RFC 9110, section 8.3.1: upper or lower case, with or without parameters. */
export function isOfType(contentType = '', expected: string): boolean {
  return contentType.split(';')[0]?.trim().toLowerCase() === expected
}

const NOT_STORABLE = /\0|\p{Surrogate}/u

/**
 * PostgreSQL does not allow NUL in texts or unpaired surrogates in JSON; no valid name, path or argument contains them.
 */
function onlyStorable(key: string, value: unknown): unknown {
  for (const text of [key, value]) {
    if (typeof text === 'string' && NOT_STORABLE.test(text))
      throw badRequest('a string contains NUL or invalid Unicode')
  }
  return value
}

export function readQuery<S extends GenericSchema>(c: Context, schema: S): InferOutput<S> {
  const repeated = Object.entries(c.req.queries()).find(([, values]) => values.length > 1)
  if (repeated !== undefined) throw badRequest(`${repeated[0]}: is given more than once`)
  return check(schema, c.req.query())
}

export function parseJson(body: Buffer, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), reviver)
  } catch (error) {
    if (error instanceof ServerError) throw error
    throw badRequest('the body is not JSON')
  }
}

export function check<S extends GenericSchema>(schema: S, value: unknown): InferOutput<S> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  throw badRequest(issueText(result.issues))
}

export function badRequest(reason: string): ServerError {
  return new ServerError('SERVER_BAD_REQUEST', `Cannot read the request: ${reason}`, {
    hint: 'See /api/v1/openapi.json for the API',
  })
}

export function numberIn(c: Context, name: string): number {
  const text = c.req.param(name) ?? ''
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw missing(name, text)
}
