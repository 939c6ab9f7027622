import { BuildError } from '../errors.ts'

export interface GitSource {
  readonly remote: string
  /** Branch, tag or commit; empty: the remote's HEAD. */
  readonly reference: string
  /** Relative, no `..`; empty: the whole tree. */
  readonly subdirectory: string
  readonly keepGitDirectory: boolean
}

/** `git@host:path`, `ssh://`, `git://` and `http(s)://….git`, with `#reference:subdirectory`. */
export function isGitUrl(text: string): boolean {
  return /^(git@|ssh:\/\/|git:\/\/)/.test(text) || /^https?:\/\/[^#?]+\.git(?:[#?].*)?$/.test(text)
}

export function parseGitUrl(text: string): GitSource {
  const [address = '', ...fragments] = text.split('#')
  const fragment = fragments.join('#')
  const colon = fragment.indexOf(':')
  const reference = colon < 0 ? fragment : fragment.slice(0, colon)
  const subdirectory = colon < 0 ? '' : fragment.slice(colon + 1)
  const [remote = '', query = ''] = address.split('?')
  const options = new URLSearchParams(query)
  for (const name of options.keys()) {
    if (['ref', 'tag', 'branch', 'commit', 'subdir', 'keep-git-dir'].includes(name)) continue
    throw new BuildError('BUILD_CONTEXT_BAD', `Cannot use git URL "${remote}": unknown option "${name}"`, {
      hint: 'Known: ref, tag, branch, commit, subdir, keep-git-dir',
    })
  }
  const first = (...names: string[]) => names.map((name) => options.get(name)).find((value) => value)
  return checked({
    remote,
    reference: reference || first('commit', 'ref', 'tag', 'branch') || '',
    subdirectory: subdirectory || first('subdir') || '',
    keepGitDirectory: options.get('keep-git-dir') === 'true',
  })
}

/** SECURITY: nothing of a URL may become an option of git or leave the checkout. */
function checked(source: GitSource): GitSource {
  if (source.remote.startsWith('-') || source.reference.startsWith('-')) {
    throw new BuildError('BUILD_CONTEXT_BAD', `Cannot use git URL "${source.remote}": it starts with "-"`)
  }
  if (source.subdirectory.split('/').includes('..')) {
    throw new BuildError(
      'BUILD_CONTEXT_BAD',
      `Cannot use git subdirectory "${source.subdirectory}": it leaves the repository`,
    )
  }
  return source
}
