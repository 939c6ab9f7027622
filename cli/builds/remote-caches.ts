import type { CacheExport } from '../../builder/index.ts'
import type { CachePlace } from '../../images/index.ts'
import { suggest } from '../../notation/index.ts'
import type { Io } from '../command.ts'
import { usageError } from '../errors.ts'
import { parseCsvPairs } from '../flags/csv.ts'
import { type CacheFlag, cachePlaceOf, oneOf, PLACE_TYPES, shown } from './cache-place.ts'

type Surroundings = CacheFlag['io']

const EXPORT_KEYS = ['mode', 'ignore-error', 'compression', 'oci-mediatypes', 'image-manifest']

export function parseCacheFrom(texts: readonly string[], io: Surroundings): readonly CachePlace[] {
  return texts.map((text) => {
    const given = readFlag('--cache-from', text, io)
    return cachePlaceOf(given, typeOf(given, PLACE_TYPES), [])
  })
}

export function parseCacheTo(texts: readonly string[], io: Surroundings): readonly CacheExport[] {
  return texts.map((text) => {
    const given = readFlag('--cache-to', text, io)
    const place = cachePlaceOf(given, typeOf(given, PLACE_TYPES), EXPORT_KEYS)
    refuseOldForms(given)
    const compression = compressionOf(given)
    return {
      place,
      mode: oneOf(given, 'mode', ['min', 'max']) ?? 'min',
      ignoreError: oneOf(given, 'ignore-error', ['true', 'false']) === 'true',
      ...(compression && { compression }),
    }
  })
}

/** SPEC: buildx: a name alone is a cache in a registry. */
function readFlag(flag: CacheFlag['flag'], text: string, io: Pick<Io, 'cwd' | 'env'>): CacheFlag {
  const pairs = text.includes('=')
    ? parseCsvPairs(text)
    : new Map([
        ['type', 'registry'],
        ['ref', text],
      ])
  return { flag, text, pairs, io }
}

function typeOf<T extends string>({ flag, text, pairs }: CacheFlag, types: readonly T[]): T {
  const given = pairs.get('type')
  const type = types.find((candidate) => candidate === given)
  if (type !== undefined) return type
  const near = given === undefined ? undefined : suggest(given, types)
  throw usageError(
    `Cannot read "${flag} ${shown(text)}": ${given === undefined ? 'the type is missing' : `unknown type "${given}"`} (want ${types.join(', ')})`,
    near === undefined ? undefined : `Did you mean "${near}"?`,
  )
}

function compressionOf(given: CacheFlag): 'none' | 'gzip' | 'zstd' | undefined {
  const value = oneOf(given, 'compression', ['gzip', 'zstd', 'uncompressed'])
  return value === 'uncompressed' ? 'none' : value
}

/** Caches are always written as BuildKit writes them by default. */
function refuseOldForms(given: CacheFlag): void {
  for (const key of ['oci-mediatypes', 'image-manifest']) {
    if (oneOf(given, key, ['true', 'false']) !== 'false') continue
    throw usageError(
      `Cannot use "${key}=false" in "${given.flag} ${shown(given.text)}": caches are written as OCI image manifests`,
    )
  }
}
