import { digestOf, hexOf, present } from '../../image-spec/index.ts'
import { readCapped, type ServerBody, type ServerClient, type ServerResponse } from '../../registry/index.ts'
import { CacheError } from '../errors.ts'
import type { S3CacheLocation, S3Credentials } from './cache-location.ts'

const EMPTY_SHA256 = hexOf(digestOf(Buffer.alloc(0)))
const MAX_ERROR_BYTES = 4096

interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  readonly key: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: S3Body
  readonly signal: AbortSignal | undefined
}

export interface S3Body extends ServerBody {
  readonly sha256: string
}

/** Accesses objects of a bucket with signed requests. */
export interface S3Objects {
  /** From an offset; undefined if the object does not exist. */
  get(key: string, offset: number, signal: AbortSignal | undefined): Promise<ServerResponse | undefined>
  /** Undefined if the object does not exist. */
  find(key: string, signal: AbortSignal | undefined): Promise<FoundObject | undefined>
  /** Like `find`; also undefined if the credentials only allow writing, which the server answers with 403. */
  findIfReadable(key: string, signal: AbortSignal | undefined): Promise<FoundObject | undefined>
  put(key: string, body: S3Body, signal: AbortSignal | undefined): Promise<void>
  /** Copies the object onto itself, which restarts its age for lifecycle rules. */
  renew(key: string, signal: AbortSignal | undefined): Promise<void>
}

export interface FoundObject {
  readonly sizeBytes: number
  /** NaN if the server does not report it. */
  readonly modifiedMs: number
}

export interface S3Access {
  readonly client: ServerClient
  readonly credentials: S3Credentials
  /** Name of the cache, for messages. */
  readonly name: string
}

export function openS3Objects(location: S3CacheLocation, { client, credentials, name }: S3Access): S3Objects {
  const send = async (request: S3Request): Promise<ServerResponse> => {
    const { method, url, headers } = await signed(location, request, credentials)
    const { body, signal } = request
    return client.send({ method, url, headers, signal, ...(body && { body }) })
  }
  const head = async (key: string, signal: AbortSignal | undefined): Promise<ServerResponse> => {
    const response = await send({ method: 'HEAD', key, signal })
    await response.discard()
    return response
  }
  return {
    get: async (key, offset, signal) => {
      const headers = offset === 0 ? {} : { range: `bytes=${offset}-` }
      const response = await send({ method: 'GET', key, headers, signal })
      if (response.status === (offset === 0 ? 200 : 206)) return response
      if (response.status !== 404) throw await unreadable(response, name)
      await response.discard()
      return undefined
    },
    find: async (key, signal) => {
      const response = await head(key, signal)
      if (response.status !== 200 && response.status !== 404) throw refusal({ name, action: 'read' }, response.status)
      return foundObject(response)
    },
    findIfReadable: async (key, signal) => foundObject(await head(key, signal)),
    put: async (key, body, signal) => {
      await written(await send({ method: 'PUT', key, body, signal }), name)
    },
    renew: async (key, signal) => {
      const headers = {
        'x-amz-copy-source': `/${location.bucket}/${encodePath(key)}`,
        'x-amz-metadata-directive': 'REPLACE',
      }
      await written(await send({ method: 'PUT', key, headers, signal }), name)
    },
  }
}

/** The body's digest is known in advance, so that it is signed too. */
async function signed(
  location: S3CacheLocation,
  { method, key, headers = {}, body }: S3Request,
  credentials: S3Credentials,
) {
  const { AwsV4Signer } = await import('aws4fetch')
  const signer = new AwsV4Signer({
    method,
    url: objectUrl(location, key),
    headers: { ...headers, 'x-amz-content-sha256': body?.sha256 ?? EMPTY_SHA256 },
    ...credentials,
    service: 's3',
    region: location.region,
  })
  const { url, headers: withSignature } = await signer.sign()
  return { method, url, headers: Object.fromEntries(withSignature) }
}

function objectUrl({ endpoint, bucket, region, pathStyle }: S3CacheLocation, key: string): string {
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`)
  const root = url.pathname.replace(/\/$/, '')
  if (!pathStyle) url.hostname = `${bucket}.${url.hostname}`
  url.pathname = `${root}/${pathStyle ? `${bucket}/` : ''}${encodePath(key)}`
  return url.href
}

function encodePath(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}

function foundObject(response: ServerResponse): FoundObject | undefined {
  if (response.status !== 200) return undefined
  const [size, modified] = [response.header('content-length'), response.header('last-modified')]
  return { sizeBytes: Number(size), modifiedMs: Date.parse(modified ?? '') }
}

/** SPEC: S3: a copy may fail after status 200, with an error document as body. */
async function written(response: ServerResponse, name: string): Promise<void> {
  const { bytes } = await readCapped(response, MAX_ERROR_BYTES)
  const text = bytes.toString('utf8')
  const isDone = response.status >= 200 && response.status < 300 && !text.includes('<Error>')
  if (!isDone) throw refusal({ name, action: 'write' }, response.status, errorCode(text))
}

async function unreadable(response: ServerResponse, name: string): Promise<CacheError> {
  const { bytes } = await readCapped(response, MAX_ERROR_BYTES)
  return refusal({ name, action: 'read' }, response.status, errorCode(bytes.toString('utf8')))
}

function errorCode(document: string): string | undefined {
  return /<Code>([\w.-]{1,60})<\/Code>/.exec(document)?.[1]
}

const CREDENTIALS_HINT =
  'Check the credentials: access_key_id and secret_access_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
const REGION_HINT = 'Set region to that of the bucket'
/** SPEC: S3: error codes. */
const HINTS: Readonly<Record<string, string>> = {
  RequestTimeTooSkewed: 'Set the clock of this machine',
  PermanentRedirect: REGION_HINT,
  TemporaryRedirect: REGION_HINT,
  AuthorizationHeaderMalformed: REGION_HINT,
}

function refusal(
  { name, action }: { readonly name: string; readonly action: 'read' | 'write' },
  status: number,
  code?: string,
): CacheError {
  const isDenied = status === 401 || status === 403
  const hint = (code === undefined ? undefined : HINTS[code]) ?? (isDenied ? CREDENTIALS_HINT : undefined)
  const reason = `the server responded with ${status}${code === undefined ? '' : ` ${code}`}${isDenied ? ' (denied)' : ''}`
  return new CacheError(
    action === 'read' ? 'CACHE_READ_FAILED' : 'CACHE_WRITE_FAILED',
    `Cannot ${action} cache "${name}": ${reason}`,
    present('hint', hint),
  )
}
