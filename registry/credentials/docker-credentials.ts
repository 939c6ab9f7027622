import { join } from 'node:path'
import { homeDirectory } from '../../layer-store/index.ts'
import type { CredentialScope, CredentialSource, Credentials } from '../registry-client.ts'
import { isRecord } from '../transport/response-error.ts'
import { type AuthFile, findEntry, keysOf, parseAuthFile, readAuthFile, serverKey, writeAuthFile } from './auth-file.ts'
import { chooseHelper } from './choose-helper.ts'
import { type Env, eraseFromHelper, getFromHelper, storeInHelper } from './credential-helper.ts'

/**
 * Logins of docker and podman users, first match wins: DOCKER_AUTH_CONFIG (JSON), Docker's configuration file with its
 * helpers, REGISTRY_AUTH_FILE, containers/auth.json. Read on first use. SPEC: containers-auth.json(5): a login for a
 * repository or namespace comes before that for its host.
 */
export function dockerCredentials(env: Env): CredentialSource {
  let files: Promise<readonly AuthFile[]> | undefined
  const hosts = new Map<string, Promise<Credentials | undefined>>()
  return {
    find: async ({ host, repository }) => {
      files ??= readFiles(env)
      const read = await files
      for (const namespace of repository === undefined ? [] : withParents(repository)) {
        for (const file of read) {
          const found = findEntry(file, { host, repository: namespace })
          if (found !== undefined) return found
        }
      }
      const known = hosts.get(host) ?? findForHost(read, host, env) // starting a helper is slow
      hosts.set(host, known)
      return known
    },
  }
}

/** `team/app` → `team/app`, `team`. */
function withParents(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.map((_, position) => parts.slice(0, parts.length - position).join('/'))
}

async function findForHost(files: readonly AuthFile[], host: string, env: Env): Promise<Credentials | undefined> {
  for (const file of files) {
    const found = await findInFile(file, host, env)
    if (found !== undefined) return found
  }
  return undefined
}

export interface CredentialLocation {
  /** The helper that stores the secret; absent if it is readable in the file. */
  readonly helper?: string
  readonly path: string
}

/** Stores a login where Docker does, for a host or a namespace. Other keys and logins in the file are kept. */
export async function storeCredentials(
  server: CredentialScope,
  credentials: Credentials,
  env: Env = process.env,
): Promise<CredentialLocation> {
  const key = serverKey(server)
  const path = configPath(env)
  const file = (await readAuthFile(path)) ?? { origin: path, document: {} }
  const helper = chooseHelper(file, server)
  if (helper !== undefined) await storeInHelper({ name: helper, env }, key, credentials)
  const entry = helper === undefined ? entryOf(credentials) : {}
  const others = authsWithout(file, server)
  await writeAuthFile(path, { ...file.document, auths: { ...others, [key]: entry } })
  return { path, ...(helper !== undefined && { helper }) }
}

/** Removes a login from Docker's configuration file and its helper; true if there was one. */
export async function eraseCredentials(server: CredentialScope, env: Env = process.env): Promise<boolean> {
  const key = serverKey(server)
  const path = configPath(env)
  const file = await readAuthFile(path)
  if (file === undefined) return false
  const helper = chooseHelper(file, server)
  const wasInHelper = helper !== undefined && (await getFromHelper({ name: helper, env }, key)) !== undefined
  if (helper !== undefined && wasInHelper) await eraseFromHelper({ name: helper, env }, key)
  const { auths } = file.document
  const wasInFile = isRecord(auths) && keysOf(auths, server).length > 0
  if (wasInFile) await writeAuthFile(path, { ...file.document, auths: authsWithout(file, server) })
  return wasInFile || wasInHelper
}

async function readFiles(env: Env): Promise<readonly AuthFile[]> {
  const inline = env['DOCKER_AUTH_CONFIG']
  const fromVariable = inline === undefined || inline === '' ? [] : [parseAuthFile('DOCKER_AUTH_CONFIG', inline)]
  const files = await Promise.all([configPath(env), ...containersPaths(env)].map(readAuthFile))
  return [...fromVariable, ...files.filter((file) => file !== undefined)]
}

async function findInFile(file: AuthFile, host: string, env: Env): Promise<Credentials | undefined> {
  const helper = chooseHelper(file, { host })
  const fromHelper = helper === undefined ? undefined : await getFromHelper({ name: helper, env }, serverKey({ host }))
  return fromHelper ?? findEntry(file, { host })
}

/** Docker's configuration file. */
export function configPath(env: Env): string {
  const folder = env['DOCKER_CONFIG']
  return join(folder === undefined || folder === '' ? join(homeDirectory(env), '.docker') : folder, 'config.json')
}

function containersPaths(env: Env): readonly string[] {
  const named = env['REGISTRY_AUTH_FILE']
  if (named !== undefined && named !== '') return [named]
  const runtime = env['XDG_RUNTIME_DIR']
  const config = env['XDG_CONFIG_HOME'] || join(homeDirectory(env), '.config')
  const folders = runtime === undefined || runtime === '' ? [config] : [runtime, config]
  return folders.map((folder) => join(folder, 'containers', 'auth.json'))
}

function authsWithout(file: AuthFile, server: CredentialScope): Readonly<Record<string, unknown>> {
  const { auths } = file.document
  if (!isRecord(auths)) return {}
  const removed = new Set(keysOf(auths, server))
  return Object.fromEntries(Object.entries(auths).filter(([key]) => !removed.has(key)))
}

function entryOf(credentials: Credentials): Readonly<Record<string, string>> {
  if (credentials.kind === 'identity-token') return { identitytoken: credentials.token }
  if (credentials.kind === 'bearer') return { registrytoken: credentials.token }
  return { auth: Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64') }
}
