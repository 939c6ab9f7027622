import { readFile } from 'node:fs/promises'
import { describeFileError } from '../../layer-store/index.ts'
import type { ApiClient } from '../../server/index.ts'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'
import type { FlagTable, FlagValues } from '../flags/flag-table.ts'

/** Flags of every command that calls a server. */
export const clientFlags = {
  server: {
    kind: 'string',
    value: 'URL',
    env: 'TSBUILD_SERVER',
    default: 'http://127.0.0.1:8080',
    help: 'Address of the build server',
  },
  'token-file': {
    kind: 'string',
    value: 'file',
    help: 'File with the token; else TSBUILD_TOKEN, else, for a loopback address, the first token of the server on this machine',
    completes: 'file',
  },
} as const satisfies FlagTable

/** Path at which a server on this machine stores its first token. */
const LOCAL_TOKEN = '/var/lib/tsbuild-server/admin-token'

/** SECURITY: no flag accepts the token itself: command lines are public. */
export async function openClient(values: FlagValues<typeof clientFlags>, env: Io['env']): Promise<ApiClient> {
  const { server: url } = values
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CliError('CLI_USAGE', `Cannot use server "${url}": not an http or https address`, {
      hint: 'Write it as https://builds.example.com',
    })
  }
  const [{ createApiClient }, { isLoopback, openFetch }] = await Promise.all([
    import('../../server/index.ts'),
    import('../../registry/index.ts'),
  ])
  const isLocal = isLoopback(new URL(url).host)
  const token = (await findToken(values['token-file'], { env, isLocal })).trim()
  // Other characters cannot be part of a header.
  if (!/^[!-~]+$/.test(token)) {
    throw new CliError('CLI_USAGE', 'Cannot use the token: it is empty, or contains blanks or other characters', {
      hint: 'Copy the line that tsbuild server token create printed',
    })
  }
  return createApiClient({ url, token, fetch: await openFetch(new URL(url), env) })
}

interface TokenSources {
  readonly env: Io['env']
  /** The server has a loopback address. */
  readonly isLocal: boolean
}

async function findToken(file: string | undefined, { env, isLocal }: TokenSources): Promise<string> {
  const token = env['TSBUILD_TOKEN']
  if (file === undefined && token) return token
  // SECURITY: the token of the server on this machine is not sent to another one.
  if (file === undefined && !isLocal) throw noToken('Create one on the server: tsbuild server token create NAME')
  const path = file ?? LOCAL_TOKEN
  const text = await readFile(path, 'utf8').catch((error: Error) => error)
  if (typeof text === 'string') return text
  if (file !== undefined) {
    throw new CliError('CLI_INPUT_MISSING', `Cannot read token file "${file}": ${describeFileError(text)}`, {
      hint: 'Check the path and its permissions',
      cause: text,
    })
  }
  throw noToken('Use the first token, in the file admin-token of the data directory')
}

function noToken(hint: string): CliError {
  return new CliError('CLI_USAGE', 'Cannot call the server: no token (set TSBUILD_TOKEN or --token-file)', { hint })
}
