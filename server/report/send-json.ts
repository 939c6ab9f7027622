import type { Readable } from 'node:stream'
import { createHttpClient, findProxy } from '../../registry/index.ts'

const TIMEOUT_MS = 15_000
const SHOWN_BYTES = 300

export interface JsonRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Statuses other than 2xx that count as success. */
  readonly doneStatuses?: readonly number[]
}

/**
 * Rejects unless the receiver accepted it; does not follow redirects, which could send credentials to other servers.
 * Uses the proxy and the certificate authorities of a checkout.
 */
export async function sendJson(
  address: string,
  { headers, body, doneStatuses = [] }: JsonRequest,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
  const url = new URL(address)
  const client = createHttpClient(env)
  try {
    const response = await client.send(url, findProxy(url, env)?.href, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'tsbuild', ...headers },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await startOf(response.body).catch(() => '') // the status is sufficient without it
    if ((response.status >= 200 && response.status < 300) || doneStatuses.includes(response.status)) return
    throw new Error(`${url.origin} returned ${response.status}: ${text}`)
  } finally {
    await client.close()
  }
}

async function startOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    if (length >= SHOWN_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, SHOWN_BYTES)
}
