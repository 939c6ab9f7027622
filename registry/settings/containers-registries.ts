import { present } from '../../image-spec/index.ts'
import { badConfig, flagIn, locationOf, parseToml, tablesIn, textIn } from './config-file.ts'
import { NO_SETTINGS, type RegistryMirror, type RegistryRule, type RegistrySettings } from './registry-settings.ts'

type Table = Readonly<Record<string, unknown>>

/**
 * `[[registry]]` tables of registries.conf, version 2. SPEC: containers-registries.conf(5). Short names are resolved as
 * in docker (docker.io), so `unqualified-search-registries` has no effect.
 */
export async function parseContainersRegistries(path: string, text: string): Promise<RegistrySettings> {
  if (!mayNameRegistries(text)) return NO_SETTINGS
  const document = await parseToml(path, text)
  const tables = tablesIn(path, document, 'registry')
  const rules = tables.map((table) => ruleOf(path, table))
  const insecure = tables.flatMap((table) => {
    const places = [table, ...tablesIn(path, table, 'mirror')].filter((place) => flagIn(path, place, 'insecure'))
    return places.map((place) => hostOf(textIn(path, place, 'location') || textIn(path, place, 'prefix') || ''))
  })
  return { ...NO_SETTINGS, rules, insecure }
}

function ruleOf(path: string, table: Table): RegistryRule {
  const location = textIn(path, table, 'location') || undefined
  const prefix = textIn(path, table, 'prefix') || location
  if (prefix === undefined) throw badConfig(path, 'a [[registry]] has neither prefix nor location')
  const isByDigest = flagIn(path, table, 'mirror-by-digest-only')
  const mirrors = tablesIn(path, table, 'mirror').map((mirror): RegistryMirror => {
    const location = textIn(path, mirror, 'location')
    if (location === undefined || location === '') throw badConfig(path, `a mirror of "${prefix}" has no location`)
    const only = isByDigest ? 'digest' : pulledFrom(path, mirror)
    return { location: locationOf(path, location), ...present('only', only) }
  })
  return {
    prefix: locationOf(path, prefix),
    mirrors,
    ...(location !== undefined && location !== prefix && { address: { location: locationOf(path, location) } }),
    ...(flagIn(path, table, 'blocked') && { blockedBy: path }),
  }
}

function pulledFrom(path: string, mirror: Table): RegistryMirror['only'] {
  const value = textIn(path, mirror, 'pull-from-mirror') || 'all'
  if (value === 'all') return undefined
  if (value === 'digest-only') return 'digest'
  if (value === 'tag-only') return 'tag'
  throw badConfig(path, `"pull-from-mirror" is ${JSON.stringify(value)} (expected all, digest-only or tag-only)`)
}

/**
 * Distributions install files with only comments and short names, whose parsing would take longer than starting a push.
 */
function mayNameRegistries(text: string): boolean {
  return /registry(?!\.)|\\[uU]/.test(text.replace(/^\s*#.*$/gm, ''))
}

function hostOf(location: string): string {
  return location.replace(/\/.*/, '')
}
