import { hasCode, messageOf } from '../../../errors/index.ts'
import {
  type CredentialScope,
  type Credentials,
  createRegistryClient,
  dockerCredentials,
  parseLoginServer,
  readRegistrySettings,
  storeCredentials,
} from '../../../registry/index.ts'
import { type Call, defineCommand, type Io } from '../../command.ts'
import { usageError } from '../../errors.ts'
import { insecureHostsOf, tlsVerifyFlag } from '../../flags/tls-verify.ts'
import { prompt, promptSecret } from '../../terminal/prompt.ts'

const flags = {
  username: { kind: 'string', short: 'u', help: 'Username' },
  password: { kind: 'string', short: 'p', help: 'Password; --password-stdin keeps it out of the process list' },
  'tls-verify': tlsVerifyFlag,
  'password-stdin': { kind: 'bool', help: 'Read the password from standard input' },
} as const

const MAX_PASSWORD_BYTES = 64 << 10

export const login = defineCommand({
  usage: '[OPTIONS] [SERVER]',
  flags,
  positionals: { min: 0, max: 1 },
  notes: "Without SERVER, logs in to Docker Hub. Credentials are stored in docker's configuration.",
  async run(call) {
    const { positionals, io } = call
    const server = parseLoginServer(positionals[0] ?? 'docker.io')
    const { host } = server
    if (!(await tryStored(call, server))) {
      const credentials = await readCredentials(call, host)
      await checkCredentials(call, host, credentials)
      const { helper, path } = await storeCredentials(server, credentials, io.env)
      if (helper === undefined) io.stderr.write(`WARNING! Your credentials are stored unencrypted in '${path}'.\n`)
    }
    io.stdout.write('Login Succeeded\n')
    return 0
  },
})

/** True if the stored credentials are still valid. As in docker, they are tried first if none are given. */
async function tryStored(call: Call<typeof flags>, server: CredentialScope): Promise<boolean> {
  const { values, io } = call
  if (values.username !== undefined || values.password !== undefined || values['password-stdin']) return false
  const credentials = await dockerCredentials(io.env).find(server)
  if (credentials === undefined) return false
  io.stdout.write('Authenticating with existing credentials...\n')
  try {
    await checkCredentials(call, server.host, credentials)
    return true
  } catch (error) {
    if (!hasCode(error, 'REGISTRY_UNAUTHORIZED')) throw error
    io.stderr.write(`Login did not succeed, error: ${messageOf(error)}\n`)
    return false
  }
}

async function checkCredentials({ values, io, interrupt }: Call<typeof flags>, host: string, credentials: Credentials) {
  const client = createRegistryClient({
    credentials: { find: async () => credentials },
    settings: await readRegistrySettings(io.env),
    env: io.env,
    insecureHosts: insecureHostsOf(values, { host }).insecureHosts ?? values['insecure-registry'],
  })
  try {
    await client.ping(host, interrupt.signal)
  } finally {
    await client.close()
  }
}

async function readCredentials({ values, io }: Call<typeof flags>, host: string): Promise<Credentials> {
  const { username, password } = values
  if (values['password-stdin']) {
    if (password !== undefined) throw usageError('Cannot use "--password" and "--password-stdin" together')
    if (!username)
      throw usageError('Cannot use "--password-stdin" alone: the user name is missing (expected --username)')
    return { kind: 'basic', username, password: await readPassword(io) }
  }
  if (password !== undefined)
    io.stderr.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n')
  if (username === undefined) io.stderr.write(`Log in to ${host === 'docker.io' ? 'Docker Hub' : host}.\n`)
  const name = username ?? (await prompt(io, 'Username: ')).trim()
  if (name === '') throw usageError('Cannot log in: the user name is empty')
  const secret = password ?? (await promptSecret(io, 'Password: '))
  if (secret === '') throw usageError('Cannot log in: the password is empty')
  return { kind: 'basic', username: name, password: secret }
}

/** A final newline comes from the shell's echo and is not part of the password. */
async function readPassword(io: Io): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of io.stdin) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size > MAX_PASSWORD_BYTES)
      throw usageError(`Cannot log in: the password has more than ${MAX_PASSWORD_BYTES} bytes`)
  }
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (password === '') throw usageError('Cannot log in: the password on standard input is empty')
  return password
}
