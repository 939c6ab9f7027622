import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gitVariables } from '../../builder/index.ts'
import { refuseUnusableKey } from './refuse-unusable-key.ts'
import { CheckoutRefused } from './run-git.ts'

/** Secrets of the project with these names are used to log in to the repository. */
export const GIT_TOKEN = 'git-token'
const GIT_USERNAME = 'git-username'
const GIT_SSH_KEY = 'git-ssh-key'

export interface GitLogin {
  readonly env: NodeJS.ProcessEnv
  /** Removes the key. */
  close(): Promise<void>
}

export interface GitLoginOptions {
  /** Private directory for the temporary files of this checkout. */
  readonly directory: string
  readonly localRoots: readonly string[]
  readonly knownHostsFile: string | undefined
  /** Known hosts file to use if none is configured. */
  readonly ownKnownHosts: string
}

/**
 * SECURITY: only for the repository's own host, and in the clear only if the repository itself is fetched that way;
 * redirects and submodules elsewhere get no credentials. The host is at the end of git's prompt: the repository chooses
 * the user before it, including quotes.
 */
const ASKPASS = `#!/bin/sh
case "$1" in
  "Username for '$TSBUILD_GIT_SCHEME://$TSBUILD_GIT_HOST': ") ;;
  "Password for '$TSBUILD_GIT_SCHEME://"*"@$TSBUILD_GIT_HOST': ") ;;
  *) exit 1 ;;
esac
case "$1" in
  Username*) printf '%s\\n' "$TSBUILD_GIT_USERNAME" ;;
  *) printf '%s\\n' "$TSBUILD_GIT_PASSWORD" ;;
esac
`

/** SECURITY: no prompts, no system or user configuration, no transports that run commands. */
export async function gitLogin(
  url: string,
  secrets: ReadonlyMap<string, string>,
  options: GitLoginOptions,
): Promise<GitLogin> {
  const { directory } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const askpass = join(directory, 'askpass')
  await writeFile(askpass, ASKPASS, { mode: 0o700 })
  const key = secrets.get(GIT_SSH_KEY)
  const keyFile = join(directory, 'ssh-key')
  if (key !== undefined) {
    await writeFile(keyFile, `${key.replaceAll('\r\n', '\n').trimEnd()}\n`, { mode: 0o600 })
    await chmod(keyFile, 0o600)
    await refuseUnusableKey(keyFile)
  }
  const token = secrets.get(GIT_TOKEN)
  return {
    env: {
      ...gitVariables(process.env),
      HOME: directory,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: await globalSettings(url, directory),
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: allowedProtocols(url, options.localRoots),
      GIT_SSH_COMMAND: sshCommand(key === undefined ? undefined : keyFile, options),
      GIT_ASKPASS: token === undefined ? '/bin/false' : askpass,
      SSH_ASKPASS: '/bin/false',
      ...(token !== undefined && {
        TSBUILD_GIT_SCHEME: url.startsWith('http://') ? 'http' : 'https',
        TSBUILD_GIT_HOST: hostOf(url),
        TSBUILD_GIT_USERNAME: secrets.get(GIT_USERNAME) ?? 'oauth2',
        TSBUILD_GIT_PASSWORD: token,
      }),
    },
    close: () => rm(directory, { recursive: true, force: true }),
  }
}

/** The operator allows local repositories, which usually have another owner. Git takes this setting from no command line. */
async function globalSettings(url: string, directory: string): Promise<string> {
  if (!url.startsWith('file://')) return '/dev/null'
  const file = join(directory, 'gitconfig')
  await writeFile(file, '[safe]\n\tdirectory = *\n')
  return file
}

/** SECURITY: local repositories are allowed only below directories configured by the operator. */
function allowedProtocols(url: string, localRoots: readonly string[]): string {
  if (!url.startsWith('file://')) return 'https:http:ssh'
  const path = decoded(new URL(url).pathname) // decoded as git does
  if (!path.includes('/..') && localRoots.some((root) => path.startsWith(`${root.replace(/\/$/, '')}/`))) return 'file'
  throw new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot use repository "${url}": not below git.localRoots`, {
    hint: 'Add its directory to git.localRoots in the configuration of the server',
  })
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return '/..' // not UTF-8: refused
  }
}

function sshCommand(keyFile: string | undefined, { knownHostsFile, ownKnownHosts }: GitLoginOptions): string {
  const words = ['ssh', '-F', '/dev/null', '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-o', 'ConnectTimeout=20']
  const checking = knownHostsFile === undefined ? 'accept-new' : 'yes'
  words.push('-o', `StrictHostKeyChecking=${checking}`, '-o', `UserKnownHostsFile=${knownHostsFile ?? ownKnownHosts}`)
  if (keyFile !== undefined) words.push('-i', keyFile)
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
}

/** As in git's prompts, which repeat the URL as written: with its capital letters and the port of the protocol. */
function hostOf(url: string): string {
  const written = /^https?:\/\/([^/?#]+)/.exec(url)?.[1]
  return written ?? (URL.canParse(url) ? new URL(url).host : '')
}
