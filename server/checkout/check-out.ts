import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeGitDirectories } from '../../builder/index.ts'
import { messageOf } from '../../errors/index.ts'
import { fetchLfsFiles } from './lfs.ts'
import { refuseForeignCommit } from './refuse-foreign-commit.ts'
import { CheckoutRefused, type GitRun, NEEDS_HISTORY, runGit } from './run-git.ts'
import { runGuardedGit } from './run-guarded-git.ts'
import { fetchSubmodules, listSubmodules } from './submodules.ts'

export interface CheckoutRequest {
  readonly url: string
  /** A full ref, or `HEAD`. */
  readonly ref: string
  readonly commit: string | undefined
  /** A user chose the commit: it must be part of the ref. */
  readonly isChosen?: boolean
  readonly submodules: boolean
  readonly lfs: boolean
  /** Whether to determine `Checkout.defaultBranch`. */
  readonly wantsDefaultBranch?: boolean
  /** The repository's objects, kept between builds. */
  readonly cache: string
  /** Destination of the files; must not exist. */
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly onOutput: (text: string) => void
}

export interface Checkout {
  readonly directory: string
  readonly commit: string
  /** The ref, with `HEAD` resolved. */
  readonly ref: string
  readonly title: string
  readonly author: string
  readonly committedAt: string
  /** Without `refs/heads/`; undefined if not requested, or if HEAD is not a branch. */
  readonly defaultBranch: string | undefined
}

/**
 * Checks out the files of one commit, without `.git`. Builds of one repository do this one at a time. A damaged cache,
 * as after a power failure, and one with IDs of the other format are removed, and everything is fetched once more.
 */
export async function checkOut(request: CheckoutRequest): Promise<Checkout> {
  try {
    return await checkOutFrom(request)
  } catch (error) {
    const format = /mismatched algorithms: .*; server (\w+)/.exec(messageOf(error))?.[1]
    if (format === undefined && (await isIntact(request))) throw error
    for (const path of [request.cache, request.directory])
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
    return checkOutFrom(request, format)
  }
}

async function isIntact({ cache, env, signal }: CheckoutRequest): Promise<boolean> {
  const words = ['fsck', '--connectivity-only', '--no-dangling', '--no-progress']
  const isSound = await runGit(words, { directory: cache, env, signal }).then(alwaysTrue, alwaysFalse)
  return isSound || signal.aborted
}

async function checkOutFrom(request: CheckoutRequest, format?: string): Promise<Checkout> {
  const { cache, directory, env, signal, onOutput } = request
  checkRef(request.ref)
  await mkdir(cache, { recursive: true, mode: 0o700 })
  const run: GitRun = { directory: cache, env, signal, onOutput }
  const git = (...words: string[]): Promise<string> => runGit(words, run)
  const remote = (...words: string[]): Promise<string> => runGuardedGit(words, { ...run, url: request.url })
  // Idempotent: completes the work of a killed process.
  await git(
    'init',
    '--quiet',
    '--bare',
    '--template=',
    ...(format === undefined ? [] : [`--object-format=${format}`]),
    '.',
  )
  await removeStaleLocks(cache)
  await git('worktree', 'prune')
  const head = request.ref === 'HEAD' || request.wantsDefaultBranch ? await headOf(remote, request.url) : undefined
  const ref = request.ref === 'HEAD' ? (head ?? 'HEAD') : request.ref
  const commit = await fetchCommit(remote, { ...request, ref })
  if (request.isChosen) await refuseForeignCommit({ ...request, ref }, commit)
  await git('worktree', 'add', '--quiet', '--detach', '--force', directory, commit)
  const inside: GitRun = { ...run, directory }
  if (request.submodules && existsSync(join(directory, '.gitmodules'))) await fetchSubmodules(request.url, inside)
  if (request.lfs) await fetchAllLfsFiles(request, inside)
  const described = await describeHead(inside)
  await removeGitDirectories(directory)
  const defaultBranch = head?.replace(/^refs\/heads\//, '')
  return { directory, ref, defaultBranch, ...described }
}

async function describeHead(run: GitRun): Promise<Pick<Checkout, 'commit' | 'title' | 'author' | 'committedAt'>> {
  const described = await runGit(['log', '-1', '--format=%H%x00%s%x00%an%x00%cI'], run)
  const [commit = '', title = '', author = '', committedAt = ''] = described.trim().split('\0')
  return { commit, title, author, committedAt }
}

async function fetchAllLfsFiles({ url, submodules }: CheckoutRequest, run: GitRun): Promise<void> {
  await fetchLfsFiles({ repository: url, url }, run)
  if (!submodules) return
  for (const { path, url: its } of await listSubmodules(run)) {
    await fetchLfsFiles({ repository: url, url: its }, { ...run, directory: join(run.directory, path) })
  }
}

/**
 * SECURITY: the ref becomes an argument of git and part of tags. SPEC: git check-ref-format. U+FFFD stands for invalid
 * Unicode.
 */
export function checkRef(ref: string): void {
  const isPlain = ref === 'HEAD' || /^refs\/[^\p{Cc}\ufffd ~^:?*[\\]+$/u.test(ref)
  const hasTricks = /\.\.|\/\.|\/\/|@\{|\.lock(\/|$)|[./]$/.test(ref)
  if (isPlain && !hasTricks && ref.length <= 255) return
  throw new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot check out "${ref}": not a valid ref name`, {
    hint: 'Specify a branch or a tag, such as refs/heads/main',
  })
}

type Git = (...words: string[]) => Promise<string>

async function headOf(remote: Git, url: string): Promise<string | undefined> {
  const output = await remote('ls-remote', '--symref', url, 'HEAD')
  return /^ref: (\S+)\tHEAD$/m.exec(output)?.[1]
}

/** As shallow as the remote allows: some servers refuse to serve single commits. */
async function fetchCommit(remote: Git, { url, ref, commit, cache, env, signal }: CheckoutRequest): Promise<string> {
  // Errors of these queries do not belong in the build's log.
  const inCache = (...words: string[]): Promise<string> => runGit(words, { directory: cache, env, signal })
  const fetch = (...words: string[]): Promise<string> =>
    remote('fetch', '--progress', '--force', '--no-tags', '--no-recurse-submodules', ...words)
  if (commit !== undefined && (await inCache('cat-file', '-e', `${commit}^{tree}`).then(alwaysTrue, alwaysFalse)))
    return commit
  try {
    await fetch('--depth=1', url, `+${commit ?? ref}:refs/tsbuild/fetched`)
  } catch (error) {
    const isHelped = error instanceof CheckoutRefused && (commit !== undefined || NEEDS_HISTORY.test(error.message))
    if (!isHelped) throw error
    await fetch('--unshallow', url, `+${ref}:refs/tsbuild/fetched`).catch(() =>
      fetch(url, `+${ref}:refs/tsbuild/fetched`),
    )
  }
  const revision = `${commit ?? 'refs/tsbuild/fetched'}^{commit}`
  const found = await inCache('rev-parse', '--quiet', '--verify', revision).catch(() => undefined) // fails if it is missing
  if (found !== undefined) return found.trim()
  if (commit === undefined) {
    throw new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot check out "${ref}": not a commit`, {
      hint: 'Build a branch, or a tag of a commit',
    })
  }
  const reason = `the repository no longer has it on ${ref}`
  throw new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot check out commit "${commit}": ${reason}`, {
    hint: 'Build the current commit of the branch, or push this commit again: it was force-pushed or deleted',
  })
}

const alwaysTrue = (): boolean => true
const alwaysFalse = (): boolean => false

/** Left by a killed git; builds of one repository never overlap. */
async function removeStaleLocks(cache: string): Promise<void> {
  for (const name of ['shallow.lock', 'packed-refs.lock', 'HEAD.lock', 'config.lock', 'refs/tsbuild/fetched.lock']) {
    await rm(join(cache, name), { force: true })
  }
}
