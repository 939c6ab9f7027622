import {
  asBoolean,
  asList,
  asText,
  field,
  type JsonShape,
  optional,
  parseJson,
  parseReference,
  present,
} from '../../image-spec/index.ts'
import { CacheError } from '../errors.ts'
import { REGISTRY_ADDRESS } from '../transfer/push-remote-layer.ts'
import type { CacheLocation, GhaCacheLocation, S3CacheLocation } from './cache-location.ts'

/** Addresses are stored in layer records, without credentials. */
export function s3Address({ credentials: _, ...location }: S3CacheLocation): string {
  return `s3:${JSON.stringify(location)}`
}

export function ghaAddress({ url, scope }: GhaCacheLocation): string {
  return `gha:${JSON.stringify({ url, scope })}`
}

export function localAddress(directory: string): string {
  return `local:${directory}`
}

export function parseAddress(address: string, env: Readonly<Record<string, string | undefined>>): CacheLocation {
  const [, type, rest = ''] = /^([a-z0-9]+):(.+)$/s.exec(address) ?? []
  if (`${type}:` === REGISTRY_ADDRESS) return { type: 'registry', reference: parseReference(rest) }
  if (type === 'local') return { type, directory: rest }
  if (type === 's3') return s3Location(parseJson(rest, 'address'))
  if (type === 'gha') return ghaLocation(parseJson(rest, 'address'), env['ACTIONS_RUNTIME_TOKEN'] ?? '')
  throw new CacheError('CACHE_READ_FAILED', `Cannot fetch a layer from "${address}": unknown kind of location`)
}

function s3Location(shape: JsonShape): S3CacheLocation {
  const textAt = (key: string): string => asText(field(shape, key))
  const [name = '', ...names] = asList(field(shape, 'names'), asText)
  return {
    type: 's3',
    bucket: textAt('bucket'),
    region: textAt('region'),
    ...present('endpoint', optional(field(shape, 'endpoint'), asText)),
    ...present('pathStyle', optional(field(shape, 'pathStyle'), asBoolean)),
    prefix: textAt('prefix'),
    blobsPrefix: textAt('blobsPrefix'),
    manifestsPrefix: textAt('manifestsPrefix'),
    names: [name, ...names],
    touchRefreshMs: Number.POSITIVE_INFINITY, // blobs are only read by address
  }
}

function ghaLocation(shape: JsonShape, token: string): GhaCacheLocation {
  return { type: 'gha', url: asText(field(shape, 'url')), scope: asText(field(shape, 'scope')), token }
}
