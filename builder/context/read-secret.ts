import { statSync } from 'node:fs'
import { describeFileError, readNamedFile } from '../../layer-store/index.ts'
import { MAX_SECRET_BYTES } from '../request/check-secrets.ts'
import { BuildError } from '../request/errors.ts'

/** The build's secrets by ID, and the environment that some of them are read from. */
export interface SecretStore {
  readonly secrets: Readonly<Record<string, { readonly file: string } | { readonly env: string }>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Undefined if the secret was not provided. */
export async function readSecret(id: string, { secrets, env }: SecretStore): Promise<Buffer | undefined> {
  const source = Object.hasOwn(secrets, id) ? secrets[id] : undefined
  if (source === undefined) return undefined
  if ('env' in source) {
    const value = env[source.env]
    return value === undefined ? undefined : Buffer.from(value)
  }
  try {
    return await readSource(source)
  } catch (cause) {
    throw new BuildError('BUILD_SECRET_MISSING', `Cannot read secret "${id}": ${describeFileError(cause)}`, { cause })
  }
}

/** Values read from pipes, which can be read only once. */
const fromPipes = new WeakMap<object, Promise<Buffer>>()

function readSource(source: { readonly file: string }): Promise<Buffer> {
  const read = () => readNamedFile(source.file, { maxBytes: MAX_SECRET_BYTES })
  const known = fromPipes.get(source)
  if (known !== undefined) return known
  if (!statSync(source.file).isFIFO()) return read()
  const content = read()
  fromPipes.set(source, content)
  return content
}

export interface Credential {
  readonly name: string
  readonly value: string
}

/** The first of these names that is a secret or an environment variable. */
export async function findCredential(names: readonly string[], store: SecretStore): Promise<Credential | undefined> {
  for (const name of names) {
    const value = (await findSecret([name], store))?.value ?? store.env[name]
    if (value) return { name, value }
  }
  return undefined
}

/** The first of these names that is a secret. */
export async function findSecret(names: readonly string[], store: SecretStore): Promise<Credential | undefined> {
  for (const name of names) {
    const value = (await readSecret(name, store))?.toString('utf8').trim()
    if (value) return { name, value }
  }
  return undefined
}
