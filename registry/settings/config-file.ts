import { codeOf } from '../../errors/index.ts'
import { NamedFileRefused, readRegularFile } from '../../layer-store/index.ts'
import { RegistryError } from '../errors.ts'
import { isRecord } from '../transport/response-error.ts'

const MAX_BYTES = 1 << 20

/** Reads a configuration file; undefined if it does not exist. */
export function readConfigFile(path: string): string | undefined {
  try {
    return readRegularFile(path, { maxBytes: MAX_BYTES }).toString('utf8')
  } catch (cause) {
    const code = codeOf(cause)
    // A file that only root can read is not meant for this user.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined
    if (!(cause instanceof Error) || (code === undefined && !(cause instanceof NamedFileRefused))) throw cause
    throw badConfig(path, cause.message)
  }
}

/** smol-toml is loaded only if there is such a file. */
export async function parseToml(path: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  const { parse } = await import('smol-toml')
  try {
    return parse(text)
  } catch (cause) {
    throw badConfig(path, cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause))
  }
}

/** Each accessor refuses values of another type: a mistyped setting must not be ignored. */
export function tableIn(path: string, table: Readonly<Record<string, unknown>>, key: string) {
  const value = table[key]
  if (value === undefined) return undefined
  if (!isRecord(value)) throw badConfig(path, `"${key}" is not a table`)
  return value
}

export function tablesIn(path: string, table: Readonly<Record<string, unknown>>, key: string) {
  const value = table[key] ?? []
  if (!Array.isArray(value) || !value.every(isRecord)) throw badConfig(path, `"${key}" is not a list of tables`)
  return value
}

export function textsIn(path: string, table: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  const value = table[key] ?? []
  if (!Array.isArray(value) || !value.every((one): one is string => typeof one === 'string'))
    throw badConfig(path, `"${key}" is not a list of strings`)
  return value
}

export function textIn(path: string, table: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = table[key]
  if (value === undefined || typeof value === 'string') return value
  throw badConfig(path, `"${key}" is not a string`)
}

export function flagIn(path: string, table: Readonly<Record<string, unknown>>, key: string): boolean {
  const value = table[key] ?? false
  if (typeof value === 'boolean') return value
  throw badConfig(path, `"${key}" is not true or false`)
}

/** `host` or `host/path`, without slashes at the end. */
export function locationOf(path: string, text: string): string {
  const location = text.replace(/\/+$/, '')
  if (location !== '' && !location.includes('://')) return location
  throw badConfig(path, `${JSON.stringify(text)} is not a location (expected host[:port][/path], without a scheme)`)
}

export function badConfig(path: string, found: string): RegistryError {
  return new RegistryError('REGISTRY_BAD_CONFIG', `Cannot read registry configuration "${path}": ${found}`, {
    hint: 'Correct the file: docs/registries.md describes its keys',
  })
}
