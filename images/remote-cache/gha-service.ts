import { createHash } from 'node:crypto'
import { parseUntrustedJson } from '../../image-spec/index.ts'
import { bodyOf, readCapped, type ServerBody, type ServerClient, type ServerResponse } from '../../registry/index.ts'
import { CacheError } from '../errors.ts'
import type { GhaCacheLocation } from './cache-location.ts'

const MAX_ANSWER_BYTES = 64 << 10
/** SPEC: tonistiigi/go-actions-cache: the version of all entries, shared with BuildKit. */
const VERSION = createHash('sha256').update('|go-actionscache-1.0').digest('hex')

/** SPEC: github.actions.results.api.v1.CacheService, as used by actions/toolkit. Entries are immutable. */
export interface GhaService {
  /** The newest entry with the key, or with a key that starts with it. */
  find(key: string, options: FindOptions): Promise<GhaEntry | undefined>
  /** False if an entry with that key exists or is being written. */
  save(key: string, body: ServerBody, signal: AbortSignal | undefined): Promise<boolean>
  download(entry: GhaEntry, offset: number, signal: AbortSignal | undefined): Promise<ServerResponse>
}

export interface FindOptions {
  readonly isPrefix: boolean
  readonly signal: AbortSignal | undefined
}

/** An entry that can be downloaded. */
export interface GhaEntry {
  readonly key: string
  readonly url: URL
}

export function createGhaService(location: GhaCacheLocation, client: ServerClient, name: string): GhaService {
  const call = async (method: string, request: object, signal: AbortSignal | undefined): Promise<ServerResponse> =>
    client.send({
      method: 'POST',
      url: new URL(`twirp/github.actions.results.api.v1.CacheService/${method}`, `${location.url.replace(/\/$/, '')}/`),
      headers: { authorization: `Bearer ${location.token}`, 'content-type': 'application/json' },
      body: bodyOf(Buffer.from(JSON.stringify(request))),
      signal,
    })
  const failed = (action: 'read' | 'write') => (found: string) => failure({ name, action }, found)
  return {
    find: async (key, { isPrefix, signal }) => {
      const request = { key, restore_keys: isPrefix ? [key] : [], version: VERSION }
      const answer = await answerOf(await call('GetCacheEntryDownloadURL', request, signal), name, 'read')
      const url = urlIn(answer, 'signed_download_url', failed('read'))
      if (url === undefined) return undefined
      const matched = answer?.['matched_key']
      if (!isPrefix && matched !== undefined && matched !== key) return undefined
      return { key: typeof matched === 'string' ? matched : key, url }
    },
    save: async (key, body, signal) => {
      const created = await call('CreateCacheEntry', { key, version: VERSION }, signal)
      if (created.status === 409) {
        await created.discard()
        return false
      }
      const answer = await answerOf(created, name, 'write')
      const url = urlIn(answer, 'signed_upload_url', failed('write'))
      requireAcceptance(answer, failed('write'))
      if (url === undefined) return false
      // SPEC: Azure Blob Storage, Put Blob
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/octet-stream' }
      const uploaded = await client.send({ method: 'PUT', url, headers, body, signal })
      if (uploaded.status !== 201 && uploaded.status !== 200) throw await refused(uploaded, name, 'write')
      await uploaded.discard()
      const request = { key, version: VERSION, size_bytes: String(body.sizeBytes) }
      const finished = await answerOf(await call('FinalizeCacheEntryUpload', request, signal), name, 'write')
      if (finished?.['ok'] !== true) throw failed('write')(`the service did not store entry "${key}"`)
      return true
    },
    download: async ({ url }, offset, signal) => {
      const headers = offset === 0 ? {} : { range: `bytes=${offset}-` }
      const response = await client.send({ method: 'GET', url, headers, signal })
      if (response.status !== (offset === 0 ? 200 : 206)) throw await refused(response, name, 'read')
      return response
    },
  }
}

type Answer = Readonly<Record<string, unknown>> | undefined

/** Fails if the service refuses the entry for another reason than that it exists: for example, its storage is full. */
function requireAcceptance(answer: Answer, failed: (found: string) => CacheError): void {
  if (answer === undefined) throw failed('the service responded with 404 (expected a cache service, version 2)')
  const { ok, message } = answer
  if (ok === true || typeof message !== 'string' || !/^[ -~]{1,500}$/.test(message)) return
  if (!/exist|reserv|another job/i.test(message)) throw failed(`the service accepts no entry: ${message}`)
}

/** Undefined: the service has no URL for the entry. */
function urlIn(answer: Answer, key: string, failed: (found: string) => CacheError): URL | undefined {
  const text = answer?.[key]
  if (answer?.['ok'] !== true || typeof text !== 'string' || text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw failed('the service returned an address that is not a URL (expected http or https)')
}

/** Undefined: the service does not have the entry. */
async function answerOf(response: ServerResponse, name: string, action: 'read' | 'write'): Promise<Answer> {
  if (response.status === 404) {
    await response.discard()
    return undefined
  }
  if (response.status !== 200) throw await refused(response, name, action)
  const { bytes } = await readCapped(response, MAX_ANSWER_BYTES)
  try {
    const answer: unknown = parseUntrustedJson(bytes.toString('utf8'))
    if (typeof answer === 'object' && answer !== null) return { ...answer }
  } catch {
    // reported below
  }
  throw failure({ name, action }, 'the response of the service is not JSON')
}

/** SECURITY: the error includes neither the URL, whose query is signed, nor the response's content. */
async function refused(response: ServerResponse, name: string, action: 'read' | 'write'): Promise<CacheError> {
  await response.discard()
  const { status } = response
  const isDenied = status === 401 || status === 403
  const hint = 'Expose ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL of the running job to this step'
  const found = `the service responded with ${status}${isDenied ? ' (denied)' : ''}`
  return failure({ name, action }, found, isDenied ? { hint } : {})
}

function failure(
  { name, action }: { readonly name: string; readonly action: 'read' | 'write' },
  found: string,
  more: { readonly hint?: string } = {},
): CacheError {
  const code = action === 'read' ? 'CACHE_READ_FAILED' : 'CACHE_WRITE_FAILED'
  return new CacheError(code, `Cannot ${action} cache "${name}": ${found}`, more)
}
