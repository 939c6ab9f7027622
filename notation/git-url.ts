import { posix } from 'node:path'
export interface GitUrl {
  /** Without fragment and query. */
  readonly url: string
  /** Branch, tag, `refs/…` or commit; empty means HEAD. */
  readonly reference: string
  readonly subdirectory: string
  /** Commit, or a prefix of one, that the reference must resolve to. */
  readonly checksum?: string
  readonly keepGitDirectory?: boolean
  readonly submodules?: boolean
  /** Modification time of the files; default `checkout`. */
  readonly times?: 'checkout' | 'commit'
  /** Fetch the commit named by `checksum`, whatever the reference resolves to now. */
  readonly fetchByCommit?: true
  /** Why it is invalid: `found` and `needed` for a message. */
  readonly fault?: { readonly found: string; readonly needed: string }
}

const SCP_LIKE = /^[A-Za-z0-9_-]+@[A-Za-z0-9.-]+:.+$/

const QUERY_KEYS = [
  'ref',
  'tag',
  'branch',
  'commit',
  'checksum',
  'subdir',
  'keep-git-dir',
  'submodules',
  'mtime',
  'fetch-by-commit',
]

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** SPEC: git-check-ref-format */
const NOT_IN_A_REFERENCE = /[\p{Cc} ~^:?*[\\]|\.\.|@\{/u

/** Without a value, they are true. */
const SWITCHES = ['keep-git-dir', 'submodules', 'fetch-by-commit']

/**
 * SPEC: dockerfile reference#adding-files-from-a-git-repository; over HTTP, only a path ending in `.git` is a git URL.
 */
export function isGitUrl(text: string): boolean {
  if (/^(?:git|ssh):\/\//i.test(text) || SCP_LIKE.test(text)) return true
  return /^https?:\/\//i.test(text) && URL.canParse(text) && decoded(new URL(text).pathname).endsWith('.git')
}

/** Reports an invalid fetch by commit: only a full commit ID can be requested. */
export function withWholeCommit(address: GitUrl): GitUrl {
  const { fetchByCommit, reference, checksum = '' } = address
  if (!fetchByCommit || COMMIT.test(reference) || COMMIT.test(checksum)) return address
  const found = checksum === '' ? 'fetch-by-commit without a commit' : `fetch-by-commit with commit "${checksum}"`
  return faulty(address, found, 'commit=… with all 40 or 64 hex digits')
}

/** Parses the fragment (`#ref:subdirectory`) and the query of a git URL. */
export function parseGitUrl(text: string): GitUrl {
  const [beforeFragment = '', fragment = ''] = splitOnce(text, '#')
  const [address = '', query = ''] = splitOnce(beforeFragment, '?')
  const url = address.replace(/^\w+:\/\//, (scheme) => scheme.toLowerCase())
  const [reference = '', subdirectory = ''] = splitOnce(SCP_LIKE.test(text) ? fragment : decoded(fragment), ':')
  const parsed = withQuery({ url, reference, subdirectory }, new URLSearchParams(query))
  if (parsed.fault) return parsed
  // SECURITY: git would interpret it as an option or a refspec (test/attack/contexts/git-options.test.ts).
  if (parsed.reference.startsWith('-') || url.startsWith('-')) {
    return faulty(parsed, 'it begins with "-"', 'a branch, tag or commit')
  }
  if (NOT_IN_A_REFERENCE.test(parsed.reference)) {
    return faulty(parsed, `reference ${JSON.stringify(parsed.reference)}`, 'a branch, tag or commit')
  }
  // SPEC: BuildKit util/gitutil/git_url.go: `..` does not leave the root of the repository.
  return { ...parsed, subdirectory: posix.resolve('/', parsed.subdirectory).slice(1) }
}

function withQuery(plain: GitUrl, query: URLSearchParams): GitUrl {
  const keys = [...query.keys()]
  const unknown = keys.find((key) => !QUERY_KEYS.includes(key))
  if (unknown !== undefined) return faulty(plain, `no query key "${unknown}"`, `one of ${QUERY_KEYS.join(', ')}`)
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index)
  if (repeated !== undefined) return faulty(plain, `"${repeated}" given twice`, 'once')
  const empty = keys.find((key) => !SWITCHES.includes(key) && query.get(key) === '')
  if (empty !== undefined) return faulty(plain, `"${empty}" without a value`, `${empty}=…`)
  const references = [
    plain.reference,
    query.get('ref'),
    prefixed('refs/tags/', query.get('tag')),
    prefixed('refs/heads/', query.get('branch')),
  ].filter((reference) => reference)
  const subdirectories = [plain.subdirectory, query.get('subdir')].filter((subdirectory) => subdirectory)
  if (new Set(references).size > 1) return faulty(plain, `both ${references.join(' and ')}`, 'one reference')
  if (new Set(subdirectories).size > 1) return faulty(plain, `both ${subdirectories.join(' and ')}`, 'one subdirectory')
  const checksum = query.get('commit') ?? query.get('checksum') ?? undefined
  if (checksum !== undefined && !/^[0-9a-f]{4,64}$/.test(checksum)) {
    return faulty(plain, `commit "${checksum}"`, '4 to 64 hex digits')
  }
  const [keepGitDirectory, submodules] = [switchOf(query, 'keep-git-dir'), switchOf(query, 'submodules')]
  const fetchByCommit = switchOf(query, 'fetch-by-commit')
  if (keepGitDirectory === null || submodules === null || fetchByCommit === null) {
    return faulty(plain, `query "${query}"`, 'true or false')
  }
  const times = query.get('mtime') ?? undefined
  if (times !== undefined && times !== 'checkout' && times !== 'commit') {
    return faulty(plain, `mtime "${times}"`, 'checkout or commit')
  }
  return {
    url: plain.url,
    reference: references[0] ?? '',
    subdirectory: subdirectories[0] ?? '',
    ...(checksum !== undefined && { checksum }),
    ...(keepGitDirectory !== undefined && { keepGitDirectory }),
    ...(submodules !== undefined && { submodules }),
    ...(times !== undefined && { times }),
    ...(fetchByCommit === true && { fetchByCommit }),
  }
}

/** Undefined if absent; null if neither true nor false. A key without a value is true. */
function switchOf(query: URLSearchParams, key: string): boolean | undefined | null {
  const value = query.get(key)
  if (value === null) return undefined
  if (/^(?:|1|t|true)$/i.test(value)) return true
  return /^(?:0|f|false)$/i.test(value) ? false : null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function faulty(url: GitUrl, found: string, needed: string): GitUrl {
  return { ...url, fault: { found, needed } }
}

function prefixed(prefix: string, name: string | null): string | undefined {
  if (!name) return undefined
  return name.startsWith(prefix) ? name : prefix + name
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
