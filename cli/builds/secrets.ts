import { resolve } from 'node:path'
import { usageError } from '../errors.ts'
import { parseCsvPairs } from '../flags/csv.ts'

export type Secret = { readonly file: string } | { readonly env: string }

const KEYS = ['id', 'type', 'src', 'source', 'env']

/**
 * `id=X[,src=FILE|env=VARIABLE]`; with neither, an environment variable with the ID as its name takes precedence over a
 * file.
 */
export function parseSecrets(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Readonly<Record<string, Secret>> {
  const secrets = texts.map((text): [string, Secret] => {
    const pairs = parseCsvPairs('--secret', text)
    for (const key of pairs.keys())
      if (!KEYS.includes(key))
        throw usageError(`Cannot use "${key}" in "--secret ${text}": unknown attribute (expected ${KEYS.join(', ')})`)
    const id = pairs.get('id')
    if (id === undefined || id === '')
      throw usageError(`Cannot read "--secret ${text}": the ID is missing (expected id=name,src=file)`)
    return [id, secretOf({ text, id, pairs }, env, cwd)]
  })
  return Object.fromEntries(secrets)
}

interface SecretFlag {
  readonly text: string
  readonly id: string
  readonly pairs: ReadonlyMap<string, string>
}

function secretOf(
  { text, id, pairs }: SecretFlag,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Secret {
  const type = pairs.get('type')
  const source = pairs.get('src') ?? pairs.get('source')
  const variable = pairs.get('env') ?? (type === 'env' ? (source ?? id) : undefined)
  if (type !== undefined && type !== 'file' && type !== 'env')
    throw usageError(`Cannot use "type=${type}" in "--secret ${text}": unknown type (expected file, env)`)
  if (type === 'file' && pairs.has('env'))
    throw usageError(`Cannot read "--secret ${text}": env= does not name a file (expected src=)`)
  if (variable !== undefined) return { env: variable }
  if (source !== undefined) return { file: resolve(cwd, source) }
  return type !== 'file' && env[id] !== undefined ? { env: id } : { file: resolve(cwd, id) }
}
