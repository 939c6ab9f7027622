import { badConfig, flagIn, parseToml, tablesIn, textIn } from './config-file.ts'
import { NO_SETTINGS, type RegistryRule, type RegistrySettings } from './registry-settings.ts'

/**
 * `[[registry]]` tables of registries.conf, version 2. SPEC: containers-registries.conf(5). Short names are resolved as
 * in docker (docker.io), so `unqualified-search-registries` has no effect.
 */
export async function parseContainersRegistries(path: string, text: string): Promise<RegistrySettings> {
  if (!mayNameRegistries(text)) return NO_SETTINGS
  const document = await parseToml(path, text)
  const insecure: string[] = []
  const rules = tablesIn(path, document, 'registry').map((table): RegistryRule => {
    const location = textIn(path, table, 'location')
    const prefix = textIn(path, table, 'prefix') ?? location
    if (prefix === undefined || prefix === '') throw badConfig(path, 'a [[registry]] has neither prefix nor location')
    if (flagIn(path, table, 'insecure')) insecure.push(hostOf(location ?? prefix))
    const mirrors = tablesIn(path, table, 'mirror').map((mirror) => {
      const place = textIn(path, mirror, 'location')
      if (place === undefined || place === '') throw badConfig(path, `a mirror of "${prefix}" has no location`)
      if (flagIn(path, mirror, 'insecure')) insecure.push(hostOf(place))
      return place
    })
    return {
      prefix,
      mirrors,
      ...(location !== undefined && location !== prefix && { location }),
      ...(flagIn(path, table, 'blocked') && { blockedBy: path }),
    }
  })
  return { ...NO_SETTINGS, rules, insecure }
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
