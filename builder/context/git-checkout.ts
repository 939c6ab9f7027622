import { spawn } from 'node:child_process'
import { lutimes, mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type GitUrl, withoutCredentials } from '../../notation/index.ts'
import { BuildError } from '../request/errors.ts'
import { NO_HOME, proxyEnvironment, sshEnvironment, submoduleSshEnvironment } from './git-ssh.ts'
import { gitVariables } from './git-variables.ts'
import type { ContextTools } from './opened-context.ts'
import { gitAuthorization } from './remote-authorization.ts'
import { removeGitDirectories } from './remove-git-directories.ts'

export interface GitCheckout {
  readonly root: string
  /** Commit that was checked out, 40 or 64 hex digits. */
  readonly commit: string
  /** Commit time, seconds since the epoch. */
  readonly committedAtSeconds: number
  close(): Promise<void>
}

const SLASH = Buffer.from('/')

const REMOTE_PROTOCOLS = 'https:http:ssh:git'
const PROXIED_PROTOCOLS = 'https:http'

export type GitSource = Omit<GitUrl, 'fault'>

/**
 * Fetches one commit, as shallow as the remote allows, with submodules unless requested otherwise. Credentials come
 * from the secrets `GIT_AUTH_TOKEN` and `GIT_AUTH_HEADER` and are passed by environment, never by argument or URL.
 */
export async function checkOutGit(
  source: GitSource,
  tools: Pick<ContextTools, 'store' | 'env' | 'secrets' | 'ssh'>,
  signal: AbortSignal,
): Promise<GitCheckout> {
  const draft = await tools.store.layers.draft()
  const close = () => tools.store.layers.abandon(draft)
  try {
    const repository = join(draft.directory, 'repository')
    await mkdir(repository)
    const url = withoutLogin(source.url)
    const login = { ...(await gitAuthorization(source.url, tools)), ...sshEnvironment(url, tools.ssh, tools.env) }
    const protocols = tools.ssh.proxy === undefined ? REMOTE_PROTOCOLS : PROXIED_PROTOCOLS
    const env = { ...gitEnvironment(tools.env, protocols), ...login, ...proxyEnvironment(tools.ssh) }
    const git = (...words: string[]) => runGit(words, { cwd: repository, env, signal })
    await fetchInto(repository, { git, url, source })
    await git('checkout', '--quiet', '--force', 'FETCH_HEAD')
    const [commit = '', time] = (await git('log', '-1', '--format=%H %ct')).trim().split(' ')
    await checkCommit(commit, source, git)
    if (source.submodules !== false) {
      // SECURITY: submodule URLs come from the repository and must not name directories of this machine.
      const words = ['submodule', 'update', '--quiet', '--init', '--recursive', '--depth=1']
      const ssh = await submoduleSshEnvironment(url, tools.ssh, join(draft.directory, 'ssh-config'))
      const their = { ...env, ...ssh, GIT_ALLOW_PROTOCOL: protocols }
      await runGit(words, { cwd: repository, env: their, signal })
    }
    if (!source.keepGitDirectory) await removeGitDirectories(repository)
    const root = await subdirectoryOf(repository, source)
    if (source.times === 'commit') await setTimes(Buffer.from(root), Number(time))
    return { root, commit, committedAtSeconds: Number(time), close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Sets the times of everything in the tree; names may be arbitrary bytes.
 * SECURITY: times are set on links themselves; following them could lead out of the repository.
 */
async function setTimes(directory: Buffer, seconds: number): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([directory, SLASH, entry.name])
    if (entry.isDirectory()) await setTimes(path, seconds)
    else await lutimes(path, seconds, seconds)
  }
  await lutimes(directory, seconds, seconds)
}

/** SECURITY: git keeps the URL in `.git/config`, which may end up in an image. The user name of ssh is not a secret. */
function withoutLogin(url: string): string {
  if (/^https?:/.test(url) || !URL.canParse(url)) return withoutCredentials(url)
  const parsed = new URL(url)
  parsed.password = ''
  return parsed.href
}

/** SPEC: BuildKit: for an annotated tag, the checksum may be that of the tag or of its commit. */
async function checkCommit(
  commit: string,
  { url, checksum }: GitSource,
  git: (...words: string[]) => Promise<string>,
): Promise<void> {
  if (checksum === undefined || commit.startsWith(checksum)) return
  const fetched = await git('rev-parse', 'FETCH_HEAD')
  if (fetched.startsWith(checksum)) return
  throw new BuildError(
    'BUILD_DOWNLOAD_FAILED',
    `Cannot use git repository "${withoutCredentials(url)}": its commit is ${commit} (expected ${checksum})`,
    {
      hint: 'Either the reference moved or the checksum is wrong',
    },
  )
}

interface Fetching {
  readonly git: (...words: string[]) => Promise<string>
  readonly url: string
  readonly source: GitSource
}

const SHA256 = /^[0-9a-f]{64}$/
/** A repository with SHA-256 IDs, as smart servers and as servers of plain files report it. */
const OTHER_IDS = /mismatched algorithms: client sha1|bad revision '[0-9a-f]{64}'/

/** Repositories have IDs of SHA-1 or SHA-256; only a fetch finds out. */
async function fetchInto(repository: string, { git, url, source }: Fetching): Promise<void> {
  const fetch = async (format: string) => {
    await git('init', '--quiet', '--template=', `--object-format=${format}`)
    await git('remote', 'add', '--', 'origin', url)
    await fetchReference(git, source)
  }
  if (SHA256.test(source.reference) || SHA256.test(source.checksum ?? '')) return await fetch('sha256')
  try {
    await fetch('sha1')
  } catch (error) {
    if (!OTHER_IDS.test(String(error))) throw error
    await rm(join(repository, '.git'), { recursive: true })
    await fetch('sha256')
  }
}

/** Abbreviated commits, and any commit from some servers, cannot be fetched directly; fetch all branches and tags instead. */
async function fetchReference(git: Fetching['git'], source: GitSource): Promise<void> {
  // SPEC: BuildKit looks for a branch, a tag or a commit ID of this name, and git would understand more.
  if (/^(?:HEAD|@)$|^(?=.*[A-F])(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/.test(source.reference)) {
    throw gitFailed(['fetch'], `fatal: couldn't find remote ref ${source.reference}`)
  }
  const revision = (source.fetchByCommit && source.checksum) || source.reference || 'HEAD'
  try {
    await git('fetch', '--quiet', '--depth=1', '--no-tags', '--', 'origin', revision)
  } catch (error) {
    const isAbbreviated = /^[0-9a-f]{4,39}$/.test(revision)
    const isHidden = /^[0-9a-f]{40,64}$/.test(revision) && /not our ref|unadvertised object/.test(String(error))
    if (!isAbbreviated && !isHidden) throw error
    await git('fetch', '--quiet', '--tags', 'origin')
    await git(
      'fetch',
      '--quiet',
      '.',
      `${(await git('rev-parse', '--verify', `${revision}^{commit}`)).trim()}:refs/tsbuild`,
    )
    await git('fetch', '--quiet', '.', 'refs/tsbuild')
  }
}

async function subdirectoryOf(repository: string, source: GitSource): Promise<string> {
  const root = await realpath(join(repository, source.subdirectory)).catch(() => undefined)
  const home = await realpath(repository)
  // SECURITY: a link in the repository may lead out of it. SPEC: BuildKit follows none.
  if (root === undefined || root !== resolve(home, source.subdirectory)) {
    throw new BuildError(
      'BUILD_CONTEXT_MISSING',
      `Cannot use git subdirectory "${source.subdirectory}": not found in the repository`,
    )
  }
  return root
}

/** SECURITY: no prompts, no system or user configuration, no hooks, no transports that run commands. */
function gitEnvironment(env: Readonly<Record<string, string | undefined>>, protocols: string): NodeJS.ProcessEnv {
  return {
    ...gitVariables(env),
    HOME: NO_HOME,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: `${protocols}:file`,
    LC_ALL: 'C',
  }
}

interface GitProcess {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** SPEC: as in BuildKit, a command that fails because the server serves no shallow clones is repeated without a depth. */
async function runGit(words: readonly string[], process: GitProcess): Promise<string> {
  try {
    return await runGitOnce(words, process)
  } catch (error) {
    const withoutDepth = words.filter((word) => word !== '--depth=1')
    if (withoutDepth.length === words.length || !/--depth|shallow/.test(String(error))) throw error
    return await runGitOnce(withoutDepth, process)
  }
}

function runGitOnce(words: readonly string[], { cwd, env, signal }: GitProcess): Promise<string> {
  const hardened = [
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'protocol.ext.allow=never',
    '-c',
    'core.symlinks=true',
    ...words,
  ]
  return new Promise((resolve, reject) => {
    // File modes follow the repository, regardless of the caller's umask.
    const shell = ['-c', 'umask 022; exec git "$@"', 'git', ...hardened]
    const git = spawn('/bin/sh', shell, { cwd, env, signal, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let complaint = ''
    git.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    git.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = `${complaint}${text}`.slice(-4096)
    })
    git.on('error', reject)
    git.on('close', (code) => (code === 0 ? resolve(output) : reject(gitMissing(code) ?? gitFailed(words, complaint))))
  })
}

function gitMissing(code: number | null): BuildError | undefined {
  if (code !== 127) return undefined
  return new BuildError('BUILD_NOT_SUPPORTED', 'Cannot fetch a git repository: program "git" not found on PATH', {
    hint: 'Install git on the host; it is not needed in the image',
  })
}

const DENIED =
  /Authentication failed|could not read (Username|Password)|Permission denied|Repository not found|error: 40[13]/
/** Refused by the request's proxy, as git reports it for http, for https, and with older versions of curl. */
const UNREACHABLE = /error: 451|response 451|HTTP code 451 from proxy|transport '(ssh|git)' not allowed/
const UNKNOWN_REFERENCE =
  /couldn't find remote ref|not our ref|unadvertised object|unknown revision|Needed a single revision/

function gitFailed(words: readonly string[], complaint: string): BuildError {
  const doing = words[0] === 'submodule' ? 'fetch submodules' : words[0]
  const message = `Cannot ${doing} from git: ${reasonIn(complaint)}`
  if (UNREACHABLE.test(complaint)) {
    return new BuildError('BUILD_REFUSED', `${message}: builds may not reach this server`, {
      hint: 'Use a repository on another machine over https, also for submodules',
    })
  }
  if (DENIED.test(complaint)) {
    return new BuildError('BUILD_GIT_DENIED', message, {
      hint: 'For a private repository, pass GIT_AUTH_TOKEN as a secret, or use an SSH URL with --ssh default',
    })
  }
  return new BuildError('BUILD_GIT_FAILED', message, { hint: hintFor(complaint) })
}

function hintFor(complaint: string): string {
  if (UNKNOWN_REFERENCE.test(complaint))
    return 'The repository has no such branch, tag or commit: git ls-remote shows what it has'
  if (/certificate/i.test(complaint)) return 'Check the clock of this machine and the CA certificates that git trusts'
  return 'Check the address; test it with git ls-remote'
}

/** The line with git's reason for failing. A line that ends with a colon continues on the next one. */
function reasonIn(complaint: string): string {
  const lines = complaint.trim().split('\n')
  const at = lines.findIndex((line) => line.startsWith('fatal:'))
  const line = (at === -1 ? lines.at(-1) : lines[at]) || 'no reason given'
  const reason = line.replace(/^fatal: /, '')
  return reason.endsWith(':') && at !== -1 ? `${reason} ${lines[at + 1]?.trim() ?? ''}`.trim() : reason
}
