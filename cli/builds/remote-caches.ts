import type { CacheExport } from '../../builder/index.ts'
import type { CachePlace } from '../../images/index.ts'
import { didYouMean } from '../../notation/index.ts'
import { usageError } from '../errors.ts'
import { parseCompressionLevel } from '../flags/compression-level.ts'
import {
  badValue,
  type CacheFlag,
  cachePlaceOf,
  oneOf,
  PLACE_TYPES,
  refuseUnknown,
  shown,
  switchOf,
} from './cache-place.ts'

const EXPORT_TYPES = [...PLACE_TYPES, 'inline'] as const

const EXPORT_KEYS = [
  'mode',
  'ignore-error',
  'compression',
  'compression-level',
  'force-compression',
  'oci-mediatypes',
  'image-manifest',
]

export function parseCacheFrom(flags: readonly CacheFlag[]): readonly CachePlace[] {
  return flags.map((given) => cachePlaceOf(given, typeOf(given, PLACE_TYPES), []))
}

export interface ParsedCacheTo {
  readonly cacheTo: readonly CacheExport[]
  readonly inlineCache: boolean
}

export function parseCacheTo(flags: readonly CacheFlag[]): ParsedCacheTo {
  const types = flags.map((given) => typeOf(given, EXPORT_TYPES))
  const cacheTo = flags.flatMap((given, position): readonly CacheExport[] => {
    const type = types[position]
    if (type !== undefined && type !== 'inline') return [cacheExportOf(given, type)]
    checkInline(given)
    return []
  })
  return { cacheTo, inlineCache: types.includes('inline') }
}

/** SPEC: BuildKit: an image cannot contain layers of other images. */
function checkInline(given: CacheFlag): void {
  refuseUnknown(given, 'inline', ['type', 'mode'])
  if (oneOf(given, 'mode', ['min', 'max']) !== 'max') return
  throw usageError(
    `Cannot use "mode=max" in "--cache-to ${given.text}": an image contains the layers of its result only`,
    'Use mode=max with type=registry',
  )
}

function cacheExportOf(given: CacheFlag, type: CachePlace['type']): CacheExport {
  const place = cachePlaceOf(given, type, EXPORT_KEYS)
  refuseOldForms(given)
  return {
    place,
    mode: oneOf(given, 'mode', ['min', 'max']) ?? 'min',
    ignoreError: switchOf(given, 'ignore-error') ?? false,
    ...compressionOf(given),
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
  const given = pairs.get('type')
  const type = types.find((candidate) => candidate === given)
  if (type !== undefined) return type
  const known = given === undefined ? undefined : otherTypesOf(flag)[given]
  if (known !== undefined) throw usageError(`Cannot use "${flag} ${shown(text)}": ${known.reason}`, known.hint)
  throw usageError(
    `Cannot read "${flag} ${shown(text)}": ${given === undefined ? 'the type is missing' : `unknown type "${given}"`} (expected ${types.join(', ')})`,
    given === undefined ? undefined : didYouMean(given, types),
  )
}

type Compression = Pick<CacheExport, 'compression' | 'compressionLevel' | 'forceCompression'>

const ALGORITHMS = { gzip: 'gzip', zstd: 'zstd', uncompressed: 'none' } as const

export function compressionOf(given: CacheFlag, otherwise: 'gzip' | 'zstd' = 'gzip'): Compression {
  const named = oneOf(given, 'compression', ['gzip', 'zstd', 'uncompressed'])
  const algorithm = ALGORITHMS[named ?? otherwise]
  const text = given.pairs.get('compression-level')
  const level = parseCompressionLevel(algorithm, text, (reason) => badValue(given, `compression-level=${text}`, reason))
  return {
    ...(named && { compression: ALGORITHMS[named] }),
    ...(level !== undefined && { compressionLevel: level }),
    ...(switchOf(given, 'force-compression') && { forceCompression: true }),
  }
}

/** Caches are always written in BuildKit's default format. */
function refuseOldForms(given: CacheFlag): void {
  for (const key of ['oci-mediatypes', 'image-manifest']) {
    if (switchOf(given, key) !== false) continue
    throw badValue(given, `${key}=false`, 'caches are written as OCI image manifests')
  }
}
