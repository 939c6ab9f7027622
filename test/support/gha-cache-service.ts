import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { removeAfterFile } from './removed-afterwards.ts'

export interface GhaCacheService {
  readonly url: string
  readonly keys: () => readonly string[]
}

/** GitHub's cache service, version 2, as documented: immutable entries, uploads to signed URLs. */
export async function startGhaCacheService(token: string): Promise<GhaCacheService> {
  const entries = new Map<string, Buffer>()
  const uploaded = new Map<string, Buffer>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    answer(request, response, Buffer.concat(chunks))
  })
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const json = (response: ServerResponse, status: number, document: object): undefined => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document))
  }

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): undefined {
    const [, method] = /CacheService\/(\w+)$/.exec(request.url ?? '') ?? []
    if (method === undefined) return transfer(request, response, body)
    if (request.headers.authorization !== `Bearer ${token}`) return json(response, 401, { code: 'unauthenticated' })
    const { key, restore_keys: prefixes = [], size_bytes: size } = JSON.parse(body.toString())
    if (method === 'CreateCacheEntry') {
      if (entries.has(key)) return json(response, 409, { code: 'already_exists' })
      return json(response, 200, { ok: true, signed_upload_url: `${origin()}/${encodeURIComponent(key)}?sig=up` })
    }
    if (method === 'FinalizeCacheEntryUpload') {
      const bytes = uploaded.get(key)
      if (bytes === undefined || String(bytes.length) !== size) return json(response, 200, { ok: false })
      entries.set(key, bytes)
      return json(response, 200, { ok: true, entry_id: String(entries.size) })
    }
    const isWanted = (known: string) => prefixes.some((prefix: string) => known.startsWith(prefix))
    const found = entries.has(key) ? key : [...entries.keys()].reverse().find(isWanted)
    if (found === undefined) return json(response, 200, { ok: false })
    const url = `${origin()}/${encodeURIComponent(found)}?sig=down`
    return json(response, 200, { ok: true, signed_download_url: url, matched_key: found })
  }

  function transfer(request: IncomingMessage, response: ServerResponse, body: Buffer): undefined {
    const key = decodeURIComponent((request.url ?? '').replace(/^\/|\?.*$/g, ''))
    if (request.method === 'PUT') uploaded.set(key, body)
    const bytes = entries.get(key)
    response.writeHead(request.method === 'PUT' ? 201 : bytes === undefined ? 404 : 200)
    response.end(request.method === 'PUT' ? undefined : bytes)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  removeAfterFile(() => new Promise<void>((end) => void server.close(() => end())))
  return { url: origin(), keys: () => [...entries.keys()] }
}
