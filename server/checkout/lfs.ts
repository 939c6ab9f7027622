import { join } from 'node:path'
import { openGuardedHttp } from './guarded-http.ts'
import { lfsServer } from './lfs-server.ts'
import { downloadObjects, type LfsLogin } from './lfs-transfer.ts'
import { findPointers } from './pointers.ts'
import { CheckoutRefused, type GitRun, runGit } from './run-git.ts'
import { throughGuard } from './run-guarded-git.ts'

interface LfsSource {
  /** Whose server may be this machine. */
  readonly repository: string
  /** Of the files: the repository or one of its submodules. */
  readonly url: string
}

/**
 * Replaces pointers by the files. Without git-lfs, an image would contain the pointers: refused.
 * SECURITY: git-lfs uses no proxy for loopback addresses, which its server may return: it only puts the files in place,
 * and the code that fetches them cannot reach services of this machine. → test/server/checkout/lfs.test.ts
 */
export async function fetchLfsFiles({ repository, url }: LfsSource, run: GitRun): Promise<void> {
  const pointers = await findPointers(run)
  if (pointers.length === 0) return
  await runGit(['lfs', 'version'], { ...run, onOutput: () => undefined }).catch(() => {
    throw new CheckoutRefused(
      'SERVER_CHECKOUT_FAILED',
      'Cannot fetch Git LFS files: this repository uses Git LFS, and "git-lfs" is not installed',
      { hint: 'Install git-lfs on the machine of the worker, or set build.lfs of the project to false' },
    )
  })
  // A repository chooses the addresses of its submodules.
  const server = await (url === repository
    ? lfsServer(url, run)
    : throughGuard({ ...run, url: repository, guardsSsh: true }, (guarded) => lfsServer(url, guarded)))
  if (server.kind === 'directory') {
    await runGit([...FILTERS, '-c', `lfs.url=${server.url}`, 'lfs', 'pull', server.url], run)
    return
  }
  const http = await openGuardedHttp(repository, run)
  try {
    const common = await runGit(['rev-parse', '--path-format=absolute', '--git-common-dir'], run)
    const objects = join(common.trim(), 'lfs', 'objects')
    const login = loginOf(run.env)
    await downloadObjects(pointers, { http, server, objects, login, onOutput: run.onOutput })
  } finally {
    await http.close()
  }
  await runGit([...FILTERS, 'lfs', 'checkout'], run)
}

/** As `git lfs install` configures them for a user: otherwise git-lfs leaves the pointers. */
const FILTERS = [
  'filter.lfs.smudge=git-lfs smudge -- %f',
  'filter.lfs.clean=git-lfs clean -- %f',
  'filter.lfs.required=true',
].flatMap((setting) => ['-c', setting])

/** The same login that the GIT_ASKPASS program gives git. */
function loginOf({
  TSBUILD_GIT_SCHEME: scheme,
  TSBUILD_GIT_HOST: host,
  ...env
}: NodeJS.ProcessEnv): LfsLogin | undefined {
  if (host === undefined || host === '') return undefined
  const login = Buffer.from(`${env['TSBUILD_GIT_USERNAME']}:${env['TSBUILD_GIT_PASSWORD']}`).toString('base64')
  return { origin: new URL(`${scheme}://${host}`).origin, authorization: `Basic ${login}` }
}
