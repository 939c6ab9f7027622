import { dirname, resolve } from 'node:path'
import { isRecord } from '../transport/response-error.ts'
import { badConfig, flagIn, locationOf, parseToml, tableIn, tablesIn, textIn, textsIn } from './config-file.ts'
import {
  type HostCertificateFiles,
  NO_SETTINGS,
  type RegistryRule,
  type RegistrySettings,
} from './registry-settings.ts'

const KEYS = new Set(['mirrors', 'http', 'insecure', 'ca', 'keypair'])

/** tsbuild's registries.toml: `[registry."host"]` with the keys of buildkitd.toml. */
export async function parseTsbuildRegistries(path: string, text: string): Promise<RegistrySettings> {
  const document = await parseToml(path, text)
  const unknown = Object.keys(document).find((key) => key !== 'registry')
  if (unknown !== undefined) throw badConfig(path, `unknown key "${unknown}"`)
  for (const [host, table] of Object.entries(tableIn(path, document, 'registry') ?? {})) {
    const key = isRecord(table) ? Object.keys(table).find((name) => !KEYS.has(name)) : undefined
    if (key !== undefined) throw badConfig(path, `unknown key "${key}" of registry "${host}"`)
  }
  return registriesIn(path, document)
}

/** BuildKit's own file, of which only the registries matter here. */
export async function parseBuildkitd(path: string, text: string): Promise<RegistrySettings> {
  return registriesIn(path, await parseToml(path, text))
}

function registriesIn(path: string, document: Readonly<Record<string, unknown>>): RegistrySettings {
  const rules: RegistryRule[] = []
  const insecure: string[] = []
  const plainHttp: string[] = []
  const certificates: HostCertificateFiles[] = []
  for (const [host, table] of Object.entries(tableIn(path, document, 'registry') ?? {})) {
    if (!isRecord(table)) throw badConfig(path, `registry "${host}" is not a table`)
    const mirrors = textsIn(path, table, 'mirrors').map((mirror) => ({ location: locationOf(path, mirror) }))
    if (mirrors.length > 0) rules.push({ prefix: host, mirrors })
    if (flagIn(path, table, 'insecure')) insecure.push(host)
    if (flagIn(path, table, 'http')) plainHttp.push(host)
    certificates.push(certificatesOf(path, host, table))
  }
  return { ...NO_SETTINGS, rules, insecure, plainHttp, certificates }
}

/** Relative paths are relative to the file. */
function certificatesOf(path: string, host: string, table: Readonly<Record<string, unknown>>): HostCertificateFiles {
  const at = (file: string) => resolve(dirname(path), file)
  const [pair, ...others] = tablesIn(path, table, 'keypair')
  if (others.length > 0) throw badConfig(path, `registry "${host}" has more than one keypair`)
  const ca = textsIn(path, table, 'ca').map(at)
  if (pair === undefined) return { host, ca }
  const cert = textIn(path, pair, 'cert')
  const key = textIn(path, pair, 'key')
  if (cert === undefined || key === undefined)
    throw badConfig(path, `the keypair of registry "${host}" lacks cert or key`)
  return { host, ca, client: { cert: at(cert), key: at(key) } }
}
