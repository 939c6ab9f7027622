import { present } from '../../image-spec/index.ts'
import { readCapped, type ServerResponse } from '../../registry/index.ts'
import { CacheError } from '../errors.ts'

const MAX_ERROR_BYTES = 4096

/** How a bucket's server refused a request. */
export interface Refusal {
  readonly action: 'read' | 'write'
  readonly host: string
  readonly status: number
  readonly code: string | undefined
  readonly region: string | undefined
  readonly isPage: boolean
}

/** SPEC: S3: a copy may fail after status 200, with an error document as body. */
export async function refusalOf(response: ServerResponse, action: Refusal['action']): Promise<Refusal | undefined> {
  const answer = await answerOf(response, action)
  const isDone = answer.status >= 200 && answer.status < 300 && answer.code === undefined && !answer.isPage
  return isDone ? undefined : answer
}

export async function answerOf(response: ServerResponse, action: Refusal['action']): Promise<Refusal> {
  const { bytes } = await readCapped(response, MAX_ERROR_BYTES)
  const text = bytes.toString('utf8')
  const code = /<Code>([\w.-]{1,60})<\/Code>/.exec(text)?.[1]
  const region = response.header('x-amz-bucket-region') ?? /<Region>(.*?)<\/Region>/.exec(text)?.[1]
  return {
    action,
    host: response.url.host,
    status: response.status,
    code: code ?? (text.includes('<Error>') ? 'Error' : undefined),
    region: region !== undefined && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined,
    isPage: isPage(response) && text !== '', // some servers call their empty responses HTML
  }
}

/** The response of a proxy or a login page: S3 never sends HTML. */
export function isPage(response: ServerResponse): boolean {
  return /^text\/html\b/i.test(response.header('content-type') ?? '')
}

/** SPEC: S3: errors that a retry may fix, whatever their status. */
export const PASSING = new Set([
  'RequestTimeout',
  'InternalError',
  'SlowDown',
  'ServiceUnavailable',
  'OperationAborted',
])
const CREDENTIALS_HINT =
  'Check the credentials: access_key_id and secret_access_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
const BUCKET_HINT = 'Check bucket, region and endpoint_url, or create the bucket'
/** SPEC: S3: error codes. */
const HINTS: Readonly<Record<string, string>> = {
  RequestTimeTooSkewed: 'Set the clock of this machine',
  ExpiredToken: 'Renew the credentials: their session token has expired',
  InvalidToken: 'Check the session token: session_token, or AWS_SESSION_TOKEN',
  NoSuchBucket: BUCKET_HINT,
}
const REGION_CODES = new Set(['PermanentRedirect', 'TemporaryRedirect', 'AuthorizationHeaderMalformed'])

export function asCacheError(name: string, refusal: Refusal): CacheError {
  const { action, host, status, code, isPage: hasPage } = refusal
  const isDenied = status === 401 || status === 403
  const answer = hasPage ? ' and a web page' : code === undefined ? '' : ` ${code}`
  return new CacheError(
    action === 'read' ? 'CACHE_READ_FAILED' : 'CACHE_WRITE_FAILED',
    `Cannot ${action} cache "${name}": the server "${host}" responded with ${status}${answer}${isDenied ? ' (denied)' : ''}`,
    present('hint', hintFor(refusal)),
  )
}

function hintFor({ status, code = '', region, isPage: hasPage }: Refusal): string | undefined {
  if (hasPage) return 'Check endpoint_url, HTTPS_PROXY and NO_PROXY: a proxy or a login page responds instead'
  if (REGION_CODES.has(code) || status === 301)
    return `Set region to that of the bucket${region === undefined ? '' : `, ${region}`}`
  if (status >= 500 || status === 429) return 'Run the command again later: the server is overloaded or failing'
  return HINTS[code] ?? (status === 401 || status === 403 ? CREDENTIALS_HINT : undefined)
}
