import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isForbidden } from '../addresses/index.ts'
import { CheckoutRefused, type GitRun, runGit } from './run-git.ts'

export async function usesLfs(directory: string): Promise<boolean> {
  const attributes = await readFile(join(directory, '.gitattributes'), 'utf8').catch(() => '')
  return attributes.includes('filter=lfs')
}

/** Replaces pointers by the files. Without git-lfs an image would contain the pointers: refused. */
export async function fetchLfsFiles(url: string, run: GitRun): Promise<void> {
  await runGit(['lfs', 'version'], { ...run, onOutput: () => undefined }).catch(() => {
    throw refused('this repository uses Git LFS, and there is no program "git-lfs"', {
      hint: 'Install git-lfs on the machine of the worker, or set build.lfs of the project to false',
    })
  })
  await checkServer(url, run)
  await runGit(['lfs', 'pull', url], { ...run, env: { ...run.env, ...FILTERS } })
}

/** As `git lfs install` configures them for a user: without, git-lfs fetches the files and leaves the pointers. */
const FILTERS = Object.fromEntries([
  ['GIT_CONFIG_COUNT', '3'],
  ...Object.entries({ smudge: 'git-lfs smudge -- %f', clean: 'git-lfs clean -- %f', required: 'true' }).flatMap(
    ([name, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, `filter.lfs.${name}`],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ],
  ),
]) as Readonly<Record<string, string>>

/** SECURITY: a repository may name another server for its files, which must not be a service of this machine. */
async function checkServer(url: string, run: GitRun): Promise<void> {
  const words = ['config', '--file', '.lfsconfig', '--get-all', 'lfs.url']
  const named = await runGit(words, { ...run, onOutput: () => undefined }).catch(() => '')
  for (const address of named.trim().split('\n')) {
    if (!URL.canParse(address) || (URL.canParse(url) && new URL(address).host === new URL(url).host)) continue
    const host = new URL(address).hostname.replace(/^\[(.*)\]$/, '$1')
    if (host !== 'localhost' && !isForbidden(host)) continue
    throw refused(`its .lfsconfig names a server of this machine, "${address}"`, {
      hint: 'Remove lfs.url from .lfsconfig',
    })
  }
}

function refused(reason: string, more: { readonly hint: string }): CheckoutRefused {
  return new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot fetch Git LFS files: ${reason}`, more)
}
