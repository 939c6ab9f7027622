import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { CheckoutRefused, type GitRun, runGit } from './run-git.ts'

export interface LfsApi {
  readonly kind: 'api'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}
/** For a repository on this machine, which contains its objects. */
interface LfsDirectory {
  readonly kind: 'directory'
  readonly url: string
}

/** SPEC: git-lfs, docs/api/server-discovery.md. */
export async function lfsServer(url: string, run: GitRun): Promise<LfsApi | LfsDirectory> {
  const named = await namedServer(run)
  if (named === undefined && url.startsWith('file://')) return { kind: 'directory', url }
  if (named !== undefined) return { kind: 'api', url: apiAddress(named), headers: {} }
  if (!/^https?:\/\//.test(url)) return serverBySsh(url, run)
  return { kind: 'api', url: apiAddress(`${url.replace(/(\.git)?\/*$/, '.git')}/info/lfs`), headers: {} }
}

/** From the commit, not from a file in the checkout, which may be a link. */
async function namedServer(run: GitRun): Promise<string | undefined> {
  for (const name of ['lfs.url', 'remote.origin.lfsurl']) {
    const words = ['config', '--blob', 'HEAD:.lfsconfig', '--get', name]
    const found = await runGit(words, { ...run, onOutput: () => undefined }).catch(() => '') // fails if it is not set
    if (found.trim() !== '') return found.trim()
  }
  return undefined
}

function apiAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url
  throw new CheckoutRefused(
    'SERVER_CHECKOUT_FAILED',
    'Cannot fetch Git LFS files: the address of their server is not an http or https address without a login',
    { hint: 'Correct lfs.url in .lfsconfig' },
  )
}

const run = promisify(execFile)
const AuthenticateOutput = v.object({
  href: v.optional(v.string()),
  header: v.optional(v.record(v.string(), v.string()), {}),
})

/** SPEC: git-lfs, docs/api/authentication.md: the server grants access over ssh. */
async function serverBySsh(url: string, { directory, env, signal }: GitRun): Promise<LfsApi> {
  const { login, host, port, path } = sshPlace(url)
  const words = [...(port === '' ? [] : ['-p', port]), login, `git-lfs-authenticate ${quoted(path)} download`]
  const command = ['-c', `${env['GIT_SSH_COMMAND'] ?? 'ssh'} "$@"`, 'ssh', ...words]
  const parse = (text: string) => v.parse(AuthenticateOutput, JSON.parse(text))
  const { href, header } = await run('/bin/sh', command, { cwd: directory, env, signal, maxBuffer: 1 << 20 })
    .then(({ stdout }) => parse(stdout))
    .catch(() => {
      throw new CheckoutRefused(
        'SERVER_CHECKOUT_FAILED',
        `Cannot fetch Git LFS files: "${host}" does not grant access over ssh`,
        {
          hint: 'Use an https address for the repository, or set build.lfs of the project to false',
        },
      )
    })
  return { kind: 'api', url: apiAddress(href ?? `https://${host}/${path}/info/lfs`), headers: header }
}

/** `ssh://user@host:port/path` or `user@host:path`. */
function sshPlace(url: string) {
  const parsed = url.startsWith('ssh://') ? new URL(url) : undefined
  const [, login = '', path = ''] = /^([^:/]+):(.*)$/.exec(url) ?? []
  if (parsed === undefined) return { login, host: login.slice(login.indexOf('@') + 1), port: '', path }
  const user = parsed.username === '' ? '' : `${decodeURIComponent(parsed.username)}@`
  const { hostname: host, port, pathname } = parsed
  return { login: user + host, host, port, path: decodeURIComponent(pathname).replace(/^\//, '') }
}

function quoted(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
