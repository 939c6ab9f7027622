import { join } from 'node:path'
import { NamedFileRefused, readNamedFile } from '../../layer-store/index.ts'
import { isForbidden } from '../addresses/index.ts'
import { CheckoutRefused, type GitRun, runGit } from './run-git.ts'
import { runGuardedGit } from './run-guarded-git.ts'

export async function usesLfs(directory: string): Promise<boolean> {
  try {
    const rules = { maxBytes: MAX_ATTRIBUTES_BYTES, beneath: directory }
    return (await readNamedFile(join(directory, '.gitattributes'), rules)).includes('filter=lfs')
  } catch (error) {
    if (error instanceof NamedFileRefused || (error as NodeJS.ErrnoException).code !== undefined) return false
    throw error
  }
}

/** git ignores larger ones, and links to other places. SPEC: git's attr.h, ATTR_MAX_FILE_SIZE. */
const MAX_ATTRIBUTES_BYTES = 100 << 20

/** Replaces pointers by the files. Without git-lfs an image would contain the pointers: refused. */
export async function fetchLfsFiles(url: string, run: GitRun): Promise<void> {
  await runGit(['lfs', 'version'], { ...run, onOutput: () => undefined }).catch(() => {
    throw refused('this repository uses Git LFS, and there is no program "git-lfs"', {
      hint: 'Install git-lfs on the machine of the worker, or set build.lfs of the project to false',
    })
  })
  await checkServer(url, run)
  await runGuardedGit(['lfs', 'pull', url], { ...run, url, settings: FILTERS })
}

/** As `git lfs install` configures them for a user: without, git-lfs fetches the files and leaves the pointers. */
const FILTERS = {
  'filter.lfs.smudge': 'git-lfs smudge -- %f',
  'filter.lfs.clean': 'git-lfs clean -- %f',
  'filter.lfs.required': 'true',
}

const LOCALHOST = /^localhost\.?$/i

/**
 * SECURITY: git-lfs takes no proxy for localhost and loopback addresses: the guard does not see them, neither here nor in
 * the answers of a server.
 */
async function checkServer(url: string, run: GitRun): Promise<void> {
  const words = ['config', '--file', '.lfsconfig', '--null', '--get-regexp', '^(lfs|remote\\..*)\\.(lfs)?url$']
  const named = await runGit(words, { ...run, onOutput: () => undefined }).catch(() => '')
  for (const entry of named.split('\0')) {
    const address = entry.slice(entry.indexOf('\n') + 1).trim()
    if (!URL.canParse(address) || (URL.canParse(url) && new URL(address).host === new URL(url).host)) continue
    const host = new URL(address).hostname.replace(/^\[(.*)\]$/, '$1')
    if (!LOCALHOST.test(host) && !isForbidden(host)) continue
    throw refused(`its .lfsconfig names a server of this machine, "${address}"`, {
      hint: 'Remove the addresses of servers from .lfsconfig',
    })
  }
}

function refused(reason: string, more: { readonly hint: string }): CheckoutRefused {
  return new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot fetch Git LFS files: ${reason}`, more)
}
