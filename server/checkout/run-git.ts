import { spawn } from 'node:child_process'
import { ServerError } from '../errors.ts'

export interface GitRun {
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Receives lines of progress and errors. */
  readonly onOutput?: (text: string) => void
}

const HARDENED = [
  'core.hooksPath=/dev/null',
  'core.symlinks=true',
  'core.fsmonitor=false',
  'protocol.ext.allow=never',
  'transfer.fsckObjects=true',
  'fetch.fsck.zeroPaddedFilemode=warn',
  'fetch.fsck.badTimezone=warn',
  'fetch.fsck.missingSpaceBeforeDate=warn',
  'gc.auto=0',
  'advice.detachedHead=false',
  'safe.directory=*',
].flatMap((setting) => ['-c', setting])

/** A server may send messages without line ends. */
const MAX_LINE = 64 << 10

const MISSING = 'Push the branch, tag or commit first, or build another one'

/** Of servers that serve branches and tags only, or plain files. */
export const NEEDS_HISTORY = /not our ref|unadvertised object|want \w+ not valid|does not support shallow/

/** What a retry cannot fix; the first pattern that matches counts. */
const REFUSALS: readonly { readonly pattern: RegExp; readonly hint: string; readonly more?: string }[] = [
  {
    // From the guard.
    pattern: /error: 451|response 451|HTTP code 451 from proxy|from HTTP 451/,
    more: ': submodules and redirects may not lead to this machine',
    hint: 'Host them on the server of the repository, or on another machine',
  },
  {
    pattern: /transport '.*' not allowed|No url found for submodule path|bad config line .* \.gitmodules|invalid host/,
    hint: 'Correct .gitmodules in the repository, or set build.submodules of the project to false',
  },
  {
    pattern: /Host key verification failed/,
    hint: 'Compare the key of the server with git.knownHostsFile or, without this setting, with work/known_hosts in the data directory of the worker',
  },
  {
    pattern:
      /Authentication failed|could not read (Username|Password)|Permission denied|[Rr]epository ('.*' )?not found|error: 40[134]|does not appear to be a git repository/,
    hint: 'Check the address of the repository, and that the secret git-token or git-ssh-key of the project may read it',
  },
  {
    pattern: /fsck error/,
    hint: 'Correct the named object in the history of the repository: git fsck reports it there, too',
  },
  { pattern: NEEDS_HISTORY, hint: MISSING },
  {
    pattern: /couldn't find remote ref|unknown revision|bad object|Needed a single revision/,
    hint: MISSING,
  },
]

/** A checkout that a retry cannot fix. */
export class CheckoutRefused extends ServerError {}

export function runGit(words: readonly string[], { directory, env, signal, onOutput }: GitRun): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...HARDENED, ...words], {
      cwd: directory,
      env,
      signal,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // A path of this machine would not help the author of the repository.
    const shown = (text: string): string => text.replaceAll(`${directory}/`, '').replaceAll(directory, '.')
    let output = ''
    let errorOutput = ''
    let rest = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errorOutput = `${errorOutput}${text}`.slice(-4096)
      const read = rest + text
      const end = read.length > MAX_LINE ? read.length : Math.max(read.lastIndexOf('\n'), read.lastIndexOf('\r')) + 1
      rest = read.slice(end) // a path may be split between two reads
      if (end > 0) onOutput?.(shown(read.slice(0, end)))
    })
    child.once('error', (cause: NodeJS.ErrnoException) => reject(cause.code === 'ENOENT' ? gitMissing() : cause))
    child.once('close', (status) => {
      if (rest !== '') onOutput?.(shown(rest))
      if (status === 0) resolve(output)
      else reject(gitFailed(verbOf(words), shown(errorOutput)))
    })
  })
}

function gitMissing(): CheckoutRefused {
  return new CheckoutRefused('SERVER_CHECKOUT_FAILED', 'Cannot check out a repository: "git" is not installed', {
    hint: 'Install git on the machine of the worker',
  })
}

/** The first word after settings. */
function verbOf(words: readonly string[]): string {
  return words.find((word, index) => word !== '-c' && words[index - 1] !== '-c') ?? ''
}

const WORK: Readonly<Record<string, string>> = {
  submodule: 'fetch submodules',
  'ls-remote': 'list refs',
  worktree: 'check out files',
}

function gitFailed(verb: string, errorOutput: string): ServerError {
  const doing = WORK[verb] ?? verb
  const message = `Cannot ${doing} from git: ${reasonOf(errorOutput)}`
  const refusal = REFUSALS.find(({ pattern }) => pattern.test(errorOutput))
  if (refusal !== undefined) {
    const { more = '', hint } = refusal
    return new CheckoutRefused('SERVER_CHECKOUT_FAILED', `${message}${more}`, { hint })
  }
  return new ServerError('SERVER_CHECKOUT_FAILED', message, {
    hint: 'Check the address of the repository and that this machine can reach it',
  })
}

/** Of ssh, git reports only the failure; the line before has the reason. */
function reasonOf(errorOutput: string): string {
  const lines = errorOutput.split(/[\r\n]+/).filter((line) => line !== '' && !line.includes('askpass response'))
  const at = lines.findIndex((one) => /^(fatal|error):/.test(one))
  const isSsh = at > 0 && lines[at] === 'fatal: Could not read from remote repository.'
  const line = (isSsh ? lines[at - 1] : lines[at]) ?? lines.at(-1) ?? 'no reason given'
  return line.replace(/^(fatal|error): /, '')
}
