import { resolve } from 'node:path'
import { type ImageReference, isDigest, isTag, parseReference } from '../../image-spec/index.ts'
import type { CacheLocation, S3CacheLocation } from '../../images/index.ts'
import { didYouMean, parseDurationMs, parseGoBool } from '../../notation/index.ts'
import type { Io } from '../command.ts'
import { usageError } from '../errors.ts'
import { parseCsvPairs } from '../flags/csv.ts'

export type CacheFlagName = 'cache-from' | 'cache-to' | 'cache-mounts-from' | 'cache-mounts-to'

/** Parsed flag that specifies a cache location. */
export interface CacheFlag {
  readonly flag: `--${CacheFlagName}`
  readonly text: string
  readonly pairs: ReadonlyMap<string, string>
  readonly io: Pick<Io, 'cwd' | 'env'>
}

/** SPEC: buildx: a bare name is a registry cache. */
export function readCacheFlag(flag: CacheFlag['flag'], text: string, io: CacheFlag['io']): CacheFlag {
  const pairs = text.includes('=')
    ? parseCsvPairs(flag, text)
    : new Map([
        ['type', 'registry'],
        ['ref', text],
      ])
  return { flag, text, pairs, io }
}

type LocationType = CacheLocation['type']

const S3_KEYS = [
  'bucket',
  'region',
  'endpoint_url',
  'use_path_style',
  'prefix',
  'blobs_prefix',
  'manifests_prefix',
  'name',
  'access_key_id',
  'secret_access_key',
  'session_token',
  'disable_accept_encoding', // never signed
]
const GHA_KEYS = ['scope', 'url', 'url_v2', 'token', 'version']

type LocationKeys = Readonly<Record<LocationType, readonly string[]>>
const REGISTRY_KEYS = ['ref', 'registry.insecure']
/** SPEC: BuildKit's attributes of each type that specify the location of a cache. */
const SOURCE_KEYS: LocationKeys = {
  registry: REGISTRY_KEYS,
  local: ['src', 'tag', 'digest'],
  s3: S3_KEYS,
  gha: GHA_KEYS,
}
const DESTINATION_KEYS: LocationKeys = {
  registry: REGISTRY_KEYS,
  local: ['dest', 'tag', 'reset'],
  s3: [...S3_KEYS, 'touch_refresh'],
  gha: GHA_KEYS,
}

function isSource({ flag }: CacheFlag): boolean {
  return flag === '--cache-from' || flag === '--cache-mounts-from'
}

/** The default name of cache mounts differs from that of layer caches. */
function defaultName({ flag }: CacheFlag, ofLayers: string): string {
  return flag === '--cache-from' || flag === '--cache-to' ? ofLayers : 'cache-mounts'
}

/** Attributes of buildx that are not supported, and why. */
const OTHER_KEYS: Readonly<Record<string, string>> = {
  upload_parallelism: 'the number of concurrent uploads is fixed',
  retry_mode: 'failed requests are retried with increasing delays',
  retry_max_attempts: 'failed requests are retried with increasing delays',
  timeout: 'transfers time out when no data arrives',
  repository: "entries are looked up in GitHub's cache service, not with its REST API",
  ghtoken: "entries are looked up in GitHub's cache service, not with its REST API",
}

export const LOCATION_TYPES = ['registry', 'local', 's3', 'gha'] as const

/** The location specified by the attributes; `more` are additional allowed attributes. */
export function parseCacheLocation(cacheFlag: CacheFlag, type: LocationType, more: readonly string[]): CacheLocation {
  const keys = isSource(cacheFlag) ? SOURCE_KEYS[type] : DESTINATION_KEYS[type]
  refuseUnknown(cacheFlag, type, ['type', ...keys, ...more])
  switch (type) {
    case 'registry':
      switchOf(cacheFlag, 'registry.insecure')
      return { type, reference: registryName(cacheFlag) }
    case 'local':
      return localCache(cacheFlag)
    case 's3':
      return s3Cache(cacheFlag)
    case 'gha':
      return ghaCache(cacheFlag)
  }
}

export function refuseUnknown({ flag, text, pairs }: CacheFlag, type: string, known: readonly string[]): void {
  for (const key of pairs.keys()) {
    if (known.includes(key)) continue
    const other = OTHER_KEYS[key]
    if (other !== undefined) throw usageError(`Cannot use "${key}" in "${flag} ${shown(text)}": ${other}`)
    throw usageError(
      `Cannot use "${key}" in "${flag} ${shown(text)}": unknown attribute for type ${type} (expected ${known.join(', ')})`,
      didYouMean(key, known),
    )
  }
}

export function registryName(cacheFlag: CacheFlag): ImageReference {
  const reference = parseReference(required(cacheFlag, 'ref'))
  const isNamed = reference.tag !== undefined || reference.digest !== undefined
  return isNamed ? reference : { ...reference, tag: defaultName(cacheFlag, 'latest') }
}

function localCache(cacheFlag: CacheFlag): CacheLocation {
  const { pairs, io } = cacheFlag
  const directory = resolve(io.cwd, required(cacheFlag, isSource(cacheFlag) ? 'src' : 'dest'))
  const tag = pairs.get('tag') ?? defaultName(cacheFlag, 'latest')
  const digest = pairs.get('digest')
  if (!isTag(tag)) throw badValue(cacheFlag, `tag=${tag}`, 'not a tag')
  if (digest !== undefined && !isDigest(digest)) throw badValue(cacheFlag, `digest=${digest}`, 'not a sha256 digest')
  const reset = switchOf(cacheFlag, 'reset') && { reset: true }
  return { type: 'local', directory, tag, ...(digest !== undefined && { digest }), ...reset }
}

function s3Cache(cacheFlag: CacheFlag): S3CacheLocation {
  const { pairs, io } = cacheFlag
  const endpoint = pairs.get('endpoint_url')
  if (endpoint !== undefined) checkUrl(cacheFlag, 'endpoint_url', endpoint)
  const bucket = required(cacheFlag, 'bucket', io.env['AWS_BUCKET'])
  if (!/^[\w.-]{1,255}$/.test(bucket)) throw badValue(cacheFlag, `bucket=${bucket}`, 'not a name of a bucket')
  const fallback = defaultName(cacheFlag, 'buildkit')
  const [first = fallback, ...others] = (pairs.get('name') ?? '').split(';').filter((name) => name !== '')
  return {
    type: 's3',
    bucket,
    region: required(cacheFlag, 'region', io.env['AWS_REGION'] ?? io.env['AWS_DEFAULT_REGION']),
    ...(endpoint !== undefined && { endpoint }),
    pathStyle: switchOf(cacheFlag, 'use_path_style') ?? false,
    prefix: pairs.get('prefix') ?? '',
    blobsPrefix: pairs.get('blobs_prefix') ?? 'blobs/',
    manifestsPrefix: pairs.get('manifests_prefix') ?? 'manifests/',
    names: [first, ...others],
    touchRefreshMs: durationMs(cacheFlag, 'touch_refresh') ?? DAY_MS,
    ...s3Credentials(cacheFlag),
  }
}

const CREDENTIAL_KEYS = ['access_key_id', 'secret_access_key', 'session_token']

/** SPEC: buildx: what is not in the flag comes from the environment, the token only with a key from there. */
function s3Credentials(cacheFlag: CacheFlag): Pick<S3CacheLocation, 'credentials'> {
  const { pairs, io } = cacheFlag
  if (!CREDENTIAL_KEYS.some((key) => pairs.has(key))) return {}
  const isOwn = pairs.has('access_key_id') && pairs.has('secret_access_key')
  const accessKeyId = required(cacheFlag, 'access_key_id', io.env['AWS_ACCESS_KEY_ID'])
  const secretAccessKey = required(cacheFlag, 'secret_access_key', io.env['AWS_SECRET_ACCESS_KEY'])
  const sessionToken = pairs.get('session_token') ?? (isOwn ? undefined : io.env['AWS_SESSION_TOKEN'])
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }
}

function checkUrl(cacheFlag: CacheFlag, key: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlace = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
  if (isPlace && url.username === '' && url.password === '') return
  // SECURITY: it may contain a password.
  throw usageError(`Cannot read "${key}" of "${cacheFlag.flag}": not a URL (expected https://host[:port][/path])`)
}

const DAY_MS = 24 * 60 * 60 * 1000

function ghaCache(cacheFlag: CacheFlag): CacheLocation {
  const { pairs, io } = cacheFlag
  const version = pairs.get('version')
  if (version !== undefined && version !== '2')
    throw badValue(cacheFlag, `version=${version}`, 'unknown version (expected 2)')
  const url = required(cacheFlag, 'url_v2', pairs.get('url') ?? io.env['ACTIONS_RESULTS_URL'])
  checkUrl(cacheFlag, 'url_v2', url)
  return {
    type: 'gha',
    url,
    token: required(cacheFlag, 'token', io.env['ACTIONS_RUNTIME_TOKEN']),
    scope: pairs.get('scope') ?? defaultName(cacheFlag, 'buildkit'),
  }
}

function required(cacheFlag: CacheFlag, key: string, otherwise?: string): string {
  const value = cacheFlag.pairs.get(key) ?? otherwise
  if (value) return value
  throw usageError(`Cannot read "${cacheFlag.flag} ${shown(cacheFlag.text)}": "${key}" is missing (expected ${key}=…)`)
}

export function choiceOf<T extends string>(cacheFlag: CacheFlag, key: string, values: readonly T[]): T | undefined {
  const value = cacheFlag.pairs.get(key)
  if (value === undefined) return undefined
  const found = values.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw badValue(cacheFlag, `${key}=${value}`, `invalid value (expected ${values.join(', ')})`)
}

export function switchOf(cacheFlag: CacheFlag, key: string): boolean | undefined {
  const value = cacheFlag.pairs.get(key)
  const found = value === undefined ? undefined : parseGoBool(value)
  if (value === undefined || found !== undefined) return found
  throw badValue(cacheFlag, `${key}=${value}`, 'invalid value (expected true or false)')
}

function durationMs(cacheFlag: CacheFlag, key: string): number | undefined {
  const text = cacheFlag.pairs.get(key)
  if (text === undefined) return undefined
  const ms = parseDurationMs(text)
  if (ms === undefined) throw badValue(cacheFlag, `${key}=${text}`, 'not a duration (expected a number with h, m or s)')
  return ms
}

export function badValue({ flag, text }: CacheFlag, pair: string, found: string): Error {
  return usageError(`Cannot use "${pair}" in "${flag} ${shown(text)}": ${found}`)
}

/** SECURITY: errors must not show secrets from the command line. */
export function shown(text: string): string {
  const withoutKeys = text.replace(/\b(secret_access_key|session_token|token|ghtoken)=[^,]*/g, '$1=…')
  return withoutKeys.replace(/(:\/\/)[^/@,]*@/g, '$1…@')
}
