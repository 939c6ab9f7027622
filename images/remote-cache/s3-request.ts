import { isIP } from 'node:net'
import { digestOf, hexOf } from '../../image-spec/index.ts'
import type { ServerBody, ServerClient, ServerResponse } from '../../registry/index.ts'
import type { S3CacheLocation, S3Credentials } from './cache-location.ts'

const EMPTY_SHA256 = hexOf(digestOf(Buffer.alloc(0)))
/** As in Amazon's clients; S3 accepts 15 minutes. */
const ALLOWED_SKEW_MS = 5 * 60_000

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  readonly key: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: S3Body
  readonly signal: AbortSignal | undefined
}

export interface S3Body extends ServerBody {
  readonly sha256: string
}

/** Sends signed requests. Corrects the time of this machine, which is part of the signature, if the server refuses it. */
export function s3Sender(
  location: S3CacheLocation,
  { client, credentials }: { readonly client: ServerClient; readonly credentials: S3Credentials },
): (request: S3Request) => Promise<ServerResponse> {
  let clockOffsetMs = 0
  const sendOnce = async (request: S3Request): Promise<ServerResponse> => {
    const dated = { ...credentials, datetime: amzDate(Date.now() + clockOffsetMs) }
    const { method, url, headers } = await signed(location, request, dated)
    const { body, signal } = request
    return client.send({ method, url, headers, signal, ...(body && { body }) })
  }
  return async (request) => {
    const response = await sendOnce(request)
    const serverMs = response.status === 403 ? Date.parse(response.header('date') ?? '') : Number.NaN
    const isSkewed = Math.abs(serverMs - Date.now() - clockOffsetMs) > ALLOWED_SKEW_MS
    if (!isSkewed) return response
    await response.discard()
    clockOffsetMs = serverMs - Date.now()
    return sendOnce(request)
  }
}

/** The body's digest is known in advance, so that it is signed too. */
async function signed(
  location: S3CacheLocation,
  { method, key, headers = {}, body }: S3Request,
  credentials: S3Credentials & { readonly datetime: string },
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
  const isInPath = pathStyle === true || !mayBeInHost(bucket, url)
  if (!isInPath) url.hostname = `${bucket}.${url.hostname}`
  url.pathname = `${root}/${isInPath ? `${bucket}/` : ''}${encodePath(key)}`
  return url.href
}

/** SPEC: Amazon's clients: names that are not those of hosts, or that no certificate covers, are in the path. */
function mayBeInHost(bucket: string, { protocol, hostname }: URL): boolean {
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return false
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(bucket) && (protocol === 'http:' || !bucket.includes('.'))
}

export function encodePath(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}

/** `20260131T235959Z`. */
function amzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[:-]|\.\d{3}/g, '')
}
