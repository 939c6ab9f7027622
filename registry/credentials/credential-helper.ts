import { spawn } from 'node:child_process'
import { RegistryError } from '../errors.ts'
import type { Credentials } from '../registry-client.ts'
import { isRecord, parseJson } from '../transport/response-error.ts'

/** User name by which helpers mark an identity token. */
const TOKEN_USER = '<token>'
const HELPER_TIMEOUT_MS = 60_000
/** For output still in transit. */
const OUTPUT_AFTER_EXIT_MS = 500
const MAX_OUTPUT_BYTES = 1 << 20

/** The program `docker-credential-<name>`. */
export interface CredentialHelper {
  readonly name: string
  readonly env: Env
}

interface HelperCall extends CredentialHelper {
  readonly verb: 'get' | 'store' | 'erase'
}

/** Undefined if the helper has no entry for the server. */
export async function getFromHelper(helper: CredentialHelper, server: string): Promise<Credentials | undefined> {
  const call = { ...helper, verb: 'get' } as const
  const end = await runHelper(call, server)
  const { status, output } = end
  if (status !== 0) {
    if (/credentials not found|no credentials|not found in native keychain/i.test(output)) return undefined
    throw helperFailure(call, describeEnd(end))
  }
  const document = parseJson(output)
  const secret = isRecord(document) ? document['Secret'] : undefined
  const username = isRecord(document) ? document['Username'] : undefined
  if (typeof secret !== 'string' || typeof username !== 'string') {
    throw helperFailure(call, 'its output is not a JSON object with Username and Secret')
  }
  if (secret === '') return undefined
  if (username === TOKEN_USER) return { kind: 'identity-token', token: secret }
  return { kind: 'basic', username, password: secret }
}

export async function storeInHelper(helper: CredentialHelper, server: string, credentials: Credentials): Promise<void> {
  const call = { ...helper, verb: 'store' } as const
  const isBasic = credentials.kind === 'basic'
  const document = {
    ServerURL: server,
    Username: isBasic ? credentials.username : TOKEN_USER,
    Secret: isBasic ? credentials.password : credentials.token,
  }
  const end = await runHelper(call, JSON.stringify(document))
  if (end.status !== 0) throw helperFailure(call, describeEnd(end))
}

/** Idempotent: a missing entry is not an error. */
export async function eraseFromHelper(helper: CredentialHelper, server: string): Promise<void> {
  const call = { ...helper, verb: 'erase' } as const
  const end = await runHelper(call, server)
  if (end.status === 0 || /credentials not found|not found in native keychain/i.test(end.output)) return
  throw helperFailure(call, describeEnd(end))
}

export type Env = Readonly<Record<string, string | undefined>>

interface HelperEnd {
  readonly status: number | null
  readonly killedBy: NodeJS.Signals | null
  readonly output: string
}

/** SECURITY: a helper that fails may have printed the secret before. */
function describeEnd({ status, killedBy, output }: HelperEnd): string {
  const end = killedBy === null ? `exit status ${status}` : `killed by ${killedBy}`
  const text = /"Secret"/i.test(output) ? '' : output.trim().slice(0, 300)
  return text === '' ? end : `${end}: ${text}`
}

function runHelper(call: HelperCall, input: string): Promise<HelperEnd> {
  const { name, verb, env } = call
  // SECURITY: the name becomes part of a program's name and must not lead to another directory.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw helperFailure(call, 'not a name (expected letters, digits, ".", "_" and "-")')
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${name}`, [verb], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] })
    const chunks: Buffer[] = []
    let size = 0
    // Children of a script may keep its output open after it was killed.
    const stopReading = () => child.stdout.destroy()
    const giveUp = (found: string) => {
      child.kill('SIGKILL')
      stopReading()
      reject(helperFailure(call, found))
    }
    const timer = setTimeout(() => giveUp(`no response after ${HELPER_TIMEOUT_MS / 1000} s`), HELPER_TIMEOUT_MS)
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_OUTPUT_BYTES) giveUp(`its output has more than ${MAX_OUTPUT_BYTES} bytes`)
      else chunks.push(chunk)
    })
    child.stdin.on('error', () => {}) // a helper that does not read its input is judged by its exit code
    child.on('error', (cause) => {
      clearTimeout(timer)
      reject(helperFailure(call, 'it cannot be started', cause))
    })
    child.on('exit', () => {
      clearTimeout(timer)
      setTimeout(stopReading, OUTPUT_AFTER_EXIT_MS).unref()
    })
    child.on('close', (status, killedBy) =>
      resolve({ status, killedBy, output: Buffer.concat(chunks).toString('utf8') }),
    )
    child.stdin.end(input)
  })
}

function helperFailure({ name, verb }: HelperCall, found: string, cause?: unknown): RegistryError {
  const program = JSON.stringify(`docker-credential-${name}`)
  return new RegistryError('REGISTRY_BAD_CREDENTIALS', `Cannot ${verb} credentials with ${program}: ${found}`, {
    cause,
    hint: 'Install the helper, or remove it from credHelpers and credsStore in the Docker configuration file',
  })
}
