import { type Descriptor, digestOf, hexOf } from '../../image-spec/index.ts'
import { readCapped, type ServerClient, type ServerResponse } from '../../registry/index.ts'
import { CacheError } from '../errors.ts'
import { type CacheBackend, MAX_CACHE_CONFIG_BYTES, type S3Credentials, type S3Place } from './cache-place.ts'
import { tooLarge } from './read-capped.ts'

const S3_ADDRESS = 's3:'
const EMPTY_SHA256 = hexOf(digestOf(Buffer.alloc(0)))
/** SPEC: S3: what one PUT takes. */
const MAX_OBJECT_BYTES = 5 * 2 ** 30

interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  readonly key: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: {
    readonly sizeBytes: number
    readonly open: () => AsyncIterable<Uint8Array>
    readonly sha256: string
  }
  readonly signal: AbortSignal | undefined
}

/** Names of objects as BuildKit's: `<prefix>blobs/sha256:<hex>` and `<prefix>manifests/<name>`. */
export function s3Backend(place: S3Place, client: ServerClient, credentials: S3Credentials): CacheBackend {
  const name = `s3://${place.bucket}/${place.prefix}${place.manifestsPrefix}${place.names[0]}`
  const { credentials: _, ...address } = place
  const send = async (request: S3Request) => {
    const { method, url, headers } = await signed(place, request, credentials)
    const { body, signal } = request
    return client.send({ method, url, headers, signal, ...(body && { body }) })
  }
  const blobKey = ({ digest }: Descriptor) => `${place.prefix}${place.blobsPrefix}${digest}`
  const put = async (key: string, bytes: Uint8Array, signal: AbortSignal | undefined) => {
    const open = async function* () {
      yield bytes
    }
    const body = { sizeBytes: bytes.length, open, sha256: hexOf(digestOf(bytes)) }
    await done(await send({ method: 'PUT', key, body, signal }), name, 'write')
  }
  const backend: CacheBackend = {
    name,
    address: `${S3_ADDRESS}${JSON.stringify(address)}`,
    readConfig: async (_type, signal) => {
      for (const one of place.names) {
        const key = `${place.prefix}${place.manifestsPrefix}${one}`
        const response = await send({ method: 'GET', key, signal })
        if (response.status === 404) {
          await response.discard()
          continue
        }
        if (response.status !== 200) return done(response, name, 'read').then(() => undefined)
        const { bytes, isWhole } = await readCapped(response, MAX_CACHE_CONFIG_BYTES)
        if (!isWhole) throw tooLarge(name)
        return bytes
      }
      return undefined
    },
    fetchBlob: async function* (blob, { offset, signal }) {
      const headers = offset === 0 ? {} : { range: `bytes=${offset}-` }
      const response = await send({ method: 'GET', key: blobKey(blob), headers, signal })
      if (response.status !== (offset === 0 ? 200 : 206)) await done(response, `${name} (${blob.digest})`, 'read')
      yield* response.body
    },
    hasBlob: async (blob, signal) => {
      const response = await send({ method: 'HEAD', key: blobKey(blob), signal })
      await response.discard()
      if (response.status === 404) return false
      if (response.status !== 200) throw refused(name, 'read', response.status, '')
      return response.header('content-length') === String(blob.size)
    },
    putBlob: async (blob, source, signal) => {
      const key = blobKey(blob)
      const found = await send({ method: 'HEAD', key, signal })
      await found.discard()
      if (found.status === 200 && found.header('content-length') === String(blob.size)) {
        const age = Date.now() - Date.parse(found.header('last-modified') ?? '')
        if (age > place.touchRefreshMs) await renew(key, signal)
        return
      }
      if (blob.size > MAX_OBJECT_BYTES) {
        const message = `Cannot write cache "${name}": blob ${blob.digest} has ${blob.size} bytes (expected at most 5 GiB, the limit of S3)`
        throw new CacheError('CACHE_WRITE_FAILED', message)
      }
      const body = { sizeBytes: blob.size, open: () => source.open(0), sha256: hexOf(blob.digest) }
      await done(await send({ method: 'PUT', key, body, signal }), name, 'write')
    },
    publish: async ({ config }, signal) => {
      for (const one of place.names) await put(`${place.prefix}${place.manifestsPrefix}${one}`, config, signal)
    },
  }
  /** A copy onto itself is a new object to the bucket's rules. */
  const renew = async (key: string, signal: AbortSignal | undefined): Promise<void> => {
    const headers = {
      'x-amz-copy-source': `/${place.bucket}/${encodePath(key)}`,
      'x-amz-metadata-directive': 'REPLACE',
    }
    await done(await send({ method: 'PUT', key, headers, signal }), name, 'write')
  }
  return backend
}

/** The hash of the body is known before it is sent, so that it is signed too. */
async function signed(place: S3Place, { method, key, headers = {}, body }: S3Request, credentials: S3Credentials) {
  const { AwsV4Signer } = await import('aws4fetch')
  const signer = new AwsV4Signer({
    method,
    url: objectUrl(place, key),
    headers: { ...headers, 'x-amz-content-sha256': body?.sha256 ?? EMPTY_SHA256 },
    ...credentials,
    service: 's3',
    region: place.region,
  })
  const { url, headers: withSignature } = await signer.sign()
  return { method, url, headers: Object.fromEntries(withSignature) }
}

function objectUrl({ endpoint, bucket, region, pathStyle }: S3Place, key: string): string {
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`)
  const root = url.pathname.replace(/\/$/, '')
  if (!pathStyle) url.hostname = `${bucket}.${url.hostname}`
  url.pathname = `${root}/${pathStyle ? `${bucket}/` : ''}${encodePath(key)}`
  return url.href
}

function encodePath(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}

async function done(response: ServerResponse, name: string, action: 'read' | 'write'): Promise<void> {
  const { bytes } = await readCapped(response, 4096)
  if (response.status >= 200 && response.status < 300) return
  const [, code] = /<Code>([\w.-]{1,60})<\/Code>/.exec(bytes.toString('utf8')) ?? []
  throw refused(name, action, response.status, code === undefined ? '' : ` ${code}`)
}

function refused(name: string, action: 'read' | 'write', status: number, code: string): CacheError {
  const isDenied = status === 401 || status === 403
  const hint = isDenied
    ? 'Check the credentials: access_key_id and secret_access_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
    : undefined
  return new CacheError(
    action === 'read' ? 'CACHE_READ_FAILED' : 'CACHE_WRITE_FAILED',
    `Cannot ${action} cache "${name}": the server answers ${status}${code}${isDenied ? ' (denied)' : ''}`,
    { ...(hint !== undefined && { hint }) },
  )
}
