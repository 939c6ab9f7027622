import type { CacheExport } from '../../builder/index.ts'
import type { CacheLocation } from '../../images/index.ts'
import { didYouMean } from '../../notation/index.ts'
import { usageError } from '../errors.ts'
import { parseCompressionLevel } from '../flags/compression-level.ts'
import {
  badValue,
  type CacheFlag,
  choiceOf,
  LOCATION_TYPES,
  parseCacheLocation,
  refuseUnknown,
  shown,
  switchOf,
} from './cache-location.ts'

const EXPORT_TYPES = [...LOCATION_TYPES, 'inline'] as const

const EXPORT_KEYS = [
  'mode',
  'ignore-error',
  'compression',
  'compression-level',
  'force-compression',
  'oci-mediatypes',
  'image-manifest',
]

export function parseCacheFrom(flags: readonly CacheFlag[]): readonly CacheLocation[] {
  return flags.map((cacheFlag) => parseCacheLocation(cacheFlag, typeOf(cacheFlag, LOCATION_TYPES), []))
}

export interface ParsedCacheTo {
  readonly cacheTo: readonly CacheExport[]
  readonly inlineCache: boolean
}

export function parseCacheTo(flags: readonly CacheFlag[]): ParsedCacheTo {
  const types = flags.map((cacheFlag) => typeOf(cacheFlag, EXPORT_TYPES))
  const cacheTo = flags.flatMap((cacheFlag, position): readonly CacheExport[] => {
    const type = types[position]
    if (type !== undefined && type !== 'inline') return [cacheExportOf(cacheFlag, type)]
    checkInline(cacheFlag)
    return []
  })
  return { cacheTo, inlineCache: types.includes('inline') }
}

/** SPEC: BuildKit: an image cannot contain layers of other images. */
function checkInline(cacheFlag: CacheFlag): void {
  refuseUnknown(cacheFlag, 'inline', ['type', 'mode'])
  if (choiceOf(cacheFlag, 'mode', ['min', 'max']) !== 'max') return
  throw usageError(
    `Cannot use "mode=max" in "--cache-to ${cacheFlag.text}": an image contains the layers of its result only`,
    'Use mode=max with type=registry',
  )
}

function cacheExportOf(cacheFlag: CacheFlag, type: CacheLocation['type']): CacheExport {
  const location = parseCacheLocation(cacheFlag, type, EXPORT_KEYS)
  refuseOldForms(cacheFlag)
  return {
    location,
    mode: choiceOf(cacheFlag, 'mode', ['min', 'max']) ?? 'min',
    ignoreError: switchOf(cacheFlag, 'ignore-error') ?? false,
    ...compressionOf(cacheFlag),
  }
}

type OtherTypes = Readonly<Record<string, { readonly reason: string; readonly hint: string }>>

/** Types of buildx that are not supported. */
const OTHER_TYPES: OtherTypes = {
  azblob: {
    reason: 'Azure Blob Storage is not supported',
    hint: 'Use type=registry with Azure Container Registry, or type=s3 with a gateway',
  },
  inline: {
    reason: 'an inline cache is read with type=registry',
    hint: 'Use --cache-from type=registry,ref=IMAGE',
  },
}

function otherTypesOf(flag: CacheFlag['flag']): OtherTypes {
  if (flag === '--cache-from' || flag === '--cache-to') return OTHER_TYPES
  const hint = 'Use type=registry,ref=NAME'
  return { ...OTHER_TYPES, inline: { reason: 'an image cannot store cache mounts', hint } }
}

export function typeOf<T extends string>({ flag, text, pairs }: CacheFlag, types: readonly T[]): T {
  const cacheFlag = pairs.get('type')
  const type = types.find((candidate) => candidate === cacheFlag)
  if (type !== undefined) return type
  const known = cacheFlag === undefined ? undefined : otherTypesOf(flag)[cacheFlag]
  if (known !== undefined) throw usageError(`Cannot use "${flag} ${shown(text)}": ${known.reason}`, known.hint)
  throw usageError(
    `Cannot read "${flag} ${shown(text)}": ${cacheFlag === undefined ? 'the type is missing' : `unknown type "${cacheFlag}"`} (expected ${types.join(', ')})`,
    cacheFlag === undefined ? undefined : didYouMean(cacheFlag, types),
  )
}

type Compression = Pick<CacheExport, 'compression' | 'compressionLevel' | 'forceCompression'>

const ALGORITHMS = { gzip: 'gzip', zstd: 'zstd', uncompressed: 'none' } as const

export function compressionOf(cacheFlag: CacheFlag, otherwise: 'gzip' | 'zstd' = 'gzip'): Compression {
  const named = choiceOf(cacheFlag, 'compression', ['gzip', 'zstd', 'uncompressed'])
  const algorithm = ALGORITHMS[named ?? otherwise]
  const text = cacheFlag.pairs.get('compression-level')
  const level = parseCompressionLevel(algorithm, text, (reason) =>
    badValue(cacheFlag, `compression-level=${text}`, reason),
  )
  return {
    ...(named && { compression: ALGORITHMS[named] }),
    ...(level !== undefined && { compressionLevel: level }),
    ...(switchOf(cacheFlag, 'force-compression') && { forceCompression: true }),
  }
}

/** Caches are always written in BuildKit's default format. */
function refuseOldForms(cacheFlag: CacheFlag): void {
  for (const key of ['oci-mediatypes', 'image-manifest']) {
    if (switchOf(cacheFlag, key) !== false) continue
    throw badValue(cacheFlag, `${key}=false`, 'caches are written as OCI image manifests')
  }
}
