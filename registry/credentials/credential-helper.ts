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

/** Runs `docker-credential-<name> get`. Undefined if the helper has no entry for the server. */
export async function getFromHelper(name: string, server: string, env: Env): Promise<Credentials | undefined> {
  const end = await runHelper(name, 'get', server, env)
  const { status, output } = end
  if (status !== 0) {
    if (/credentials not found|no credentials|not found in native keychain/i.test(output)) return undefined
    throw helperFailure(name, 'get', describeEnd(end))
  }
  const document = parseJson(output)
  const secret = isRecord(document) ? document['Secret'] : undefined
  const username = isRecord(document) ? document['Username'] : undefined
  if (typeof secret !== 'string' || typeof username !== 'string') {
    throw helperFailure(name, 'get', 'its output is not a JSON object with Username and Secret')
  }
  if (secret === '') return undefined
  if (username === TOKEN_USER) return { kind: 'identity-token', token: secret }
  return { kind: 'basic', username, password: secret }
}

export async function storeInHelper(name: string, server: string, credentials: Credentials, env: Env): Promise<void> {
  const isBasic = credentials.kind === 'basic'
  const document = {
    ServerURL: server,
    Username: isBasic ? credentials.username : TOKEN_USER,
    Secret: isBasic ? credentials.password : credentials.token,
  }
  const end = await runHelper(name, 'store', JSON.stringify(document), env)
  if (end.status !== 0) throw helperFailure(name, 'store', describeEnd(end))
}

/** Idempotent: a missing entry is not an error. */
export async function eraseFromHelper(name: string, server: string, env: Env): Promise<void> {
  const end = await runHelper(name, 'erase', server, env)
  if (end.status === 0 || /credentials not found|not found in native keychain/i.test(end.output)) return
  throw helperFailure(name, 'erase', describeEnd(end))
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

function runHelper(name: string, verb: 'get' | 'store' | 'erase', input: string, env: Env): Promise<HelperEnd> {
  // SECURITY: the name becomes part of a program's name and must not lead to another directory.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw helperFailure(name, verb, 'not a name (expected letters, digits, ".", "_" and "-")')
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${name}`, [verb], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] })
    const chunks: Buffer[] = []
    let size = 0
    // Children of a script may keep its output open after it was killed.
    const stopReading = () => child.stdout.destroy()
    const giveUp = (found: string) => {
      child.kill('SIGKILL')
      stopReading()
      reject(helperFailure(name, verb, found))
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
      reject(helperFailure(name, verb, 'it cannot be started', cause))
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

function helperFailure(name: string, verb: string, found: string, cause?: unknown): RegistryError {
  const program = JSON.stringify(`docker-credential-${name}`)
  return new RegistryError('REGISTRY_BAD_CREDENTIALS', `Cannot ${verb} credentials with ${program}: ${found}`, {
    cause,
    hint: 'Install the helper, or remove it from credHelpers and credsStore in the Docker configuration file',
  })
}
