import { createHash } from 'node:crypto'
import { type Descriptor, digestOf, hexOf, parseForeignJson } from '../../image-spec/index.ts'
import { readCapped, type ServerClient, type ServerResponse } from '../../registry/index.ts'
import { CacheError } from '../errors.ts'
import { type CacheBackend, type GhaPlace, MAX_CACHE_CONFIG_BYTES } from './cache-place.ts'
import { tooLarge } from './read-capped.ts'

const GHA_ADDRESS = 'gha:'
const MAX_ANSWER_BYTES = 64 << 10
/** SPEC: tonistiigi/go-actions-cache: the version of all entries, so that those of BuildKit are seen. */
const VERSION = createHash('sha256').update('|go-actionscache-1.0').digest('hex')
const MAX_PUBLISH_TRIES = 5

/** SPEC: github.actions.results.api.v1.CacheService, as actions/toolkit speaks it. Entries never change: newer ones have a higher number. */
export function ghaBackend(place: GhaPlace, client: ServerClient): CacheBackend {
  const name = `gha ${place.scope}`
  const service = createService(place, client, name)
  const blobKey = ({ digest }: Descriptor) => `buildkit-blob-1-${digest}`
  const indexKey = (scope: string) => `index-${place.scope}-1-${hexOf(digestOf(Buffer.from(scope))).slice(0, 8)}`
  const scopes = scopesOf(place.token)
  return {
    name,
    address: `${GHA_ADDRESS}${JSON.stringify({ url: place.url, scope: place.scope })}`,
    readConfig: async (_type, signal) => {
      for (const { scope } of scopes) {
        const found = await service.find(indexKey(scope), { isPrefix: true, signal })
        if (found === undefined) continue
        const response = await client.send({ method: 'GET', url: found.url, signal })
        if (response.status !== 200) throw await refused(response, name, 'read')
        const { bytes, isWhole } = await readCapped(response, MAX_CACHE_CONFIG_BYTES)
        if (!isWhole) throw tooLarge(name)
        return bytes
      }
      return undefined
    },
    fetchBlob: async function* (blob, { offset, signal }) {
      const found = await service.find(blobKey(blob), { isPrefix: false, signal })
      if (found === undefined)
        throw new CacheError('CACHE_READ_FAILED', `Cannot read cache "${name}": it has no blob ${blob.digest}`)
      const headers = offset === 0 ? {} : { range: `bytes=${offset}-` }
      const response = await client.send({ method: 'GET', url: found.url, headers, signal })
      if (response.status !== (offset === 0 ? 200 : 206)) throw await refused(response, name, 'read')
      yield* response.body
    },
    hasBlob: async (blob, signal) => (await service.find(blobKey(blob), { isPrefix: false, signal })) !== undefined,
    putBlob: async (blob, source, signal) => {
      const key = blobKey(blob)
      if ((await service.find(key, { isPrefix: false, signal })) !== undefined) return
      await service.save(key, { sizeBytes: blob.size, open: () => source.open(0) }, signal)
    },
    publish: async ({ config }, signal) => {
      const key = indexKey(scopes.findLast(({ isWritable }) => isWritable)?.scope ?? '')
      const body = {
        sizeBytes: config.length,
        open: async function* () {
          yield config
        },
      }
      for (let attempt = 1; attempt <= MAX_PUBLISH_TRIES; attempt++) {
        const newest = await service.find(`${key}#`, { isPrefix: true, signal })
        const number = Number(/#(\d{1,9})$/.exec(newest?.key ?? '')?.[1] ?? 0) + 1
        if (await service.save(`${key}#${number}`, body, signal)) return
      }
      throw new CacheError('CACHE_WRITE_FAILED', `Cannot write cache "${name}": other jobs keep writing it`, {
        hint: 'Give each job its own scope',
      })
    },
  }
}

interface Entry {
  readonly key: string
  readonly url: URL
}

interface Body {
  readonly sizeBytes: number
  readonly open: () => AsyncIterable<Uint8Array>
}

function createService(place: GhaPlace, client: ServerClient, name: string) {
  const call = async (method: string, request: object, signal: AbortSignal | undefined): Promise<ServerResponse> => {
    const bytes = Buffer.from(JSON.stringify(request))
    const open = async function* () {
      yield bytes
    }
    return client.send({
      method: 'POST',
      url: new URL(`twirp/github.actions.results.api.v1.CacheService/${method}`, `${place.url.replace(/\/$/, '')}/`),
      headers: { authorization: `Bearer ${place.token}`, 'content-type': 'application/json' },
      body: { sizeBytes: bytes.length, open },
      signal,
    })
  }
  return {
    find: async (
      key: string,
      { isPrefix, signal }: { readonly isPrefix: boolean; readonly signal: AbortSignal | undefined },
    ): Promise<Entry | undefined> => {
      const request = { key, restore_keys: isPrefix ? [key] : [], version: VERSION }
      const answer = await answerOf(await call('GetCacheEntryDownloadURL', request, signal), name, 'read')
      const url = answer?.['signed_download_url']
      if (answer?.['ok'] !== true || typeof url !== 'string' || !URL.canParse(url)) return undefined
      const matched = answer['matched_key']
      if (!isPrefix && matched !== undefined && matched !== key) return undefined
      return { key: typeof matched === 'string' ? matched : key, url: new URL(url) }
    },
    /** False if there is an entry of that key, or one is being written. */
    save: async (key: string, body: Body, signal: AbortSignal | undefined): Promise<boolean> => {
      const created = await call('CreateCacheEntry', { key, version: VERSION }, signal)
      if (created.status === 409) {
        await created.discard()
        return false
      }
      const answer = await answerOf(created, name, 'write')
      const url = answer?.['signed_upload_url']
      if (answer?.['ok'] !== true || typeof url !== 'string' || !URL.canParse(url)) return false
      // SPEC: Azure Blob Storage, Put Blob
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/octet-stream' }
      const uploaded = await client.send({ method: 'PUT', url: new URL(url), headers, body, signal })
      if (uploaded.status !== 201 && uploaded.status !== 200) throw await refused(uploaded, name, 'write')
      await uploaded.discard()
      const request = { key, version: VERSION, size_bytes: String(body.sizeBytes) }
      const finished = await answerOf(await call('FinalizeCacheEntryUpload', request, signal), name, 'write')
      return finished?.['ok'] === true
    },
  }
}

async function answerOf(
  response: ServerResponse,
  name: string,
  action: 'read' | 'write',
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (response.status === 404) {
    await response.discard()
    return undefined
  }
  if (response.status !== 200) throw await refused(response, name, action)
  const { bytes } = await readCapped(response, MAX_ANSWER_BYTES)
  try {
    const answer: unknown = parseForeignJson(bytes.toString('utf8'))
    if (typeof answer === 'object' && answer !== null) return { ...answer }
  } catch {
    // reported below
  }
  throw new CacheError('CACHE_READ_FAILED', `Cannot ${action} cache "${name}": the service's answer is not JSON`)
}

/** SECURITY: without the URL, whose query is signed, and without what the answer holds. */
async function refused(response: ServerResponse, name: string, action: 'read' | 'write'): Promise<CacheError> {
  await response.discard()
  const { status } = response
  const isDenied = status === 401 || status === 403
  return new CacheError(
    action === 'read' ? 'CACHE_READ_FAILED' : 'CACHE_WRITE_FAILED',
    `Cannot ${action} cache "${name}": the service answers ${status}${isDenied ? ' (denied)' : ''}`,
    isDenied
      ? {
          hint: 'Expose ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL of the running job to this step',
        }
      : {},
  )
}

interface Scope {
  readonly scope: string
  readonly isWritable: boolean
}

/** SPEC: GitHub's token has a claim `ac`: branches whose entries the job may read, and write (2). One without it has one scope. */
function scopesOf(token: string): readonly Scope[] {
  try {
    const claims: unknown = parseForeignJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const text: unknown = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'ac') : undefined
    const list: unknown = typeof text === 'string' ? parseForeignJson(text) : undefined
    if (Array.isArray(list)) {
      return list.flatMap((one: unknown): readonly Scope[] => {
        if (typeof one !== 'object' || one === null) return []
        const [scope, permission]: unknown[] = [Reflect.get(one, 'Scope'), Reflect.get(one, 'Permission')]
        return typeof scope === 'string' ? [{ scope, isWritable: (Number(permission) & 2) !== 0 }] : []
      })
    }
  } catch {
    // not a token of GitHub's
  }
  return [{ scope: '', isWritable: true }]
}
