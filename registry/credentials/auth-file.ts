import { randomUUID } from 'node:crypto'
import { lstat, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, messageOf } from '../../errors/index.ts'
import { createDirectories, readNamedFile } from '../../layer-store/index.ts'
import { RegistryError } from '../errors.ts'
import type { CredentialScope, Credentials } from '../registry-client.ts'
import { isRecord, parseJson } from '../transport/response-error.ts'

/** The credentials in a Docker configuration file. Other keys are kept unchanged. */
export interface AuthFile {
  /** For messages: a path or the name of a variable. */
  readonly origin: string
  readonly document: Readonly<Record<string, unknown>>
}

const MAX_BYTES = 16 << 20
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/'
const DOCKER_HUB_NAMES = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])

export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  try {
    return parseAuthFile(path, (await readNamedFile(path, { maxBytes: MAX_BYTES })).toString('utf8'))
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause
    const code = codeOf(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw badFile(path, `${messageOf(cause)} (expected a readable file)`)
  }
}

/** SECURITY: messages name the file but never quote it. */
export function parseAuthFile(origin: string, text: string): AuthFile {
  const document = text.trim() === '' ? {} : parseJson(text)
  if (!isRecord(document)) throw badFile(origin, 'not a JSON object (expected a Docker configuration file)')
  return { origin, document }
}

/** The name under which Docker and its credential helpers store a host, or podman a repository or namespace. */
export function serverKey(server: CredentialScope): string {
  return server.repository === undefined && server.host === 'docker.io' ? DOCKER_HUB_KEY : nameOf(server)
}

function nameOf({ host, repository }: CredentialScope): string {
  return repository === undefined ? host : `${host}/${repository}`
}

/** The entry of `auths`, in any spelling. */
export function findEntry(file: AuthFile, server: CredentialScope): Credentials | undefined {
  const { auths } = file.document
  if (!isRecord(auths)) return undefined
  const key = Object.hasOwn(auths, serverKey(server)) ? serverKey(server) : keysOf(auths, server)[0]
  const entry = key === undefined ? undefined : auths[key]
  return isRecord(entry) ? readEntry(file.origin, nameOf(server), entry) : undefined
}

/** All spellings of a host in `auths`. */
export function keysOf(auths: Readonly<Record<string, unknown>>, server: CredentialScope): readonly string[] {
  return Object.keys(auths).filter((key) => nameOfKey(key) === nameOf(server))
}

/** SPEC: docker ignores the path of a URL; without a scheme, containers-auth.json(5) has credentials for a namespace. */
export function nameOfKey(key: string): string {
  const host = key.replace(/^https?:\/\/([^/]*).*$/, '$1').replace(/\/(?:v[12]\/?)?$/, '')
  return DOCKER_HUB_NAMES.has(host) ? 'docker.io' : host
}

function readEntry(origin: string, host: string, entry: Readonly<Record<string, unknown>>): Credentials | undefined {
  const { identitytoken, registrytoken, auth, username, password } = entry
  if (typeof identitytoken === 'string' && identitytoken !== '') return { kind: 'identity-token', token: identitytoken }
  if (typeof registrytoken === 'string' && registrytoken !== '') return { kind: 'bearer', token: registrytoken }
  if (typeof username === 'string' && typeof password === 'string' && password !== '') {
    return { kind: 'basic', username, password }
  }
  if (typeof auth !== 'string' || auth === '') return undefined
  const text = Buffer.from(auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) throw badFile(origin, `the "auth" of "${host}" cannot be decoded (expected base64 of user:password)`)
  return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') }
}

/** Replaces the file by rename, readable by its owner only; a symbolic link is kept. */
export async function writeAuthFile(path: string, document: Readonly<Record<string, unknown>>): Promise<void> {
  makeDirectory(path)
  const target = await realpath(path).catch(() => path) // a new file
  const temporary = join(dirname(target), `${TEMPORARY_PREFIX}${randomUUID()}`)
  await removeLeftovers(dirname(target))
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      // As docker does: with sudo, the file may be another user's.
      const owner = process.getuid?.() === 0 ? await stat(target).catch(() => undefined) : undefined
      if (owner !== undefined) await file.chown(owner.uid, owner.gid)
      await file.writeFile(`${JSON.stringify(document, null, '\t')}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (cause) {
    throw badFile(path, `${messageOf(cause)} (expected a writable file)`, cause)
  } finally {
    await rm(temporary, { force: true })
  }
}

function makeDirectory(path: string): void {
  try {
    createDirectories(dirname(path), 0o700)
  } catch (cause) {
    throw badFile(path, `${messageOf(cause)} (expected a writable file)`, cause)
  }
}

const TEMPORARY_PREFIX = '.config.json.'
/** Writing takes less than this. */
const LEFTOVER_AGE_MS = 60_000

/** SECURITY: a killed command leaves a file with secrets, which a logout must remove, too. */
async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory)
  for (const name of names.filter((one) => one.startsWith(TEMPORARY_PREFIX))) {
    const path = join(directory, name)
    const found = await lstat(path).catch(() => undefined) // removed concurrently
    if (found?.isFile() === true && Date.now() - found.mtimeMs > LEFTOVER_AGE_MS) await rm(path, { force: true })
  }
}

export function badFile(origin: string, reason: string, cause?: unknown): RegistryError {
  const message = `Cannot use credentials "${origin}": ${reason}`
  return new RegistryError('REGISTRY_BAD_CREDENTIALS', message, { cause })
}
