import { codeOf } from '../errors/index.ts'

/** Exit codes by class of failure; docs/exit-codes.md explains them, a test compares both. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  badInput: 65,
  missingInput: 66,
  unavailable: 69,
  cannotWrite: 73,
  damaged: 74,
  tryAgain: 75,
  badResponse: 76,
  denied: 77,
  notPossibleHere: 78,
  internal: 125,
} as const

/** Command-specific exit codes. */
interface OwnCodes {
  /**
   * Exit code for all failures except an invalid command line; includes that if it is `internal`, since other codes may
   * be the container's. A missing image is docker's 1 even then.
   */
  readonly exitCodeOfFailure?: number
  /** Exit code for arguments that docker's client cannot parse; docker's engine refuses all others. */
  readonly exitCodeOfMistake?: number
  /** Exit code if a container's command cannot be started, instead of that which a shell would return. */
  readonly exitCodeOfStart?: number
}

/** Docker's `run` exits with 1, not with 125, for these. */
const REFUSED_BY_CLIENT = /^CLI_(ARGUMENT_COUNT|NEEDS_TERMINAL)$/

const UNREADABLE = /^CLI_(USAGE|UNSUPPORTED|INPUT_MISSING)$|^CONTAINER_BAD_SYNTAX$/

/** The exit code of a failed command. */
export function exitCodeOf(error: unknown, command: OwnCodes = {}): number {
  if (!(error instanceof Error)) return exitCodes.internal
  const code = codeOf(error)
  const exitCode = 'exitCode' in error ? error.exitCode : undefined
  if (code === 'BUILD_RUN_FAILED') return ofFailedRun(exitCode)
  if (code === 'CONTAINER_START_FAILED' && typeof exitCode === 'number') return command.exitCodeOfStart ?? exitCode
  const own = code === undefined ? undefined : classOf(code)
  const isCommandLine = own === 'usage' && code?.startsWith('CLI_')
  const { exitCodeOfFailure: ofFailure, exitCodeOfMistake: ofMistake } = command
  if (REFUSED_BY_CLIENT.test(code ?? '') && ofFailure === exitCodes.internal) return exitCodes.failed
  if (ofMistake !== undefined) return UNREADABLE.test(code ?? '') ? ofMistake : (ofFailure ?? exitCodes.failed)
  if (ofFailure !== undefined && (!isCommandLine || ofFailure === exitCodes.internal)) return ofFailure
  if (own !== undefined) return exitCodes[own]
  if (error.cause instanceof Error) return exitCodeOf(error.cause)
  return code === undefined ? exitCodes.internal : exitCodes.failed
}

/** From 125 on, exit codes have other meanings for a shell. */
function ofFailedRun(exitCode: unknown): number {
  return typeof exitCode === 'number' && exitCode >= 1 && exitCode < exitCodes.internal ? exitCode : exitCodes.failed
}

type ExitClass = keyof typeof exitCodes

/**
 * The first match counts. Every error code has a row except those that take the class of their cause
 * (docs/exit-codes.md).
 */
const classes: readonly (readonly [RegExp, ExitClass])[] = [
  [/^CLI_(USAGE|ARGUMENT_COUNT|UNSUPPORTED|TEMPLATE)$|^REGISTRY_BAD_REFERENCE$/, 'usage'],
  [/_BAD_(OPTION|SYNTAX)$/, 'usage'],
  [/^(PARSE|PLAN)_|^BUILD_(REFUSED|CONTEXT_BAD)$|^STORE_BAD_(DOCUMENT|DIGEST)$|^REGISTRY_BAD_CONFIG$/, 'badInput'],
  [
    /^CACHE_BAD$|^ARCHIVE_(BAD|TOO_LARGE|COMPRESSION)$|^TREE_(ARCHIVE|LIMIT|LINKS|DESTINATION|PATTERN|MODE)$|^SANDBOX_TARGET$/,
    'badInput',
  ],
  [/^CLI_INPUT_MISSING$|^BUILD_(FILE|CONTEXT|DOCKERFILE|SECRET)_MISSING$|^TREE_(MISSING|READ)$/, 'missingInput'],
  [/^(REGISTRY_UNAVAILABLE|BUILD_GIT_FAILED|CACHE_READ_FAILED|STORE_LAYER_UNREACHABLE)$/, 'unavailable'],
  [/^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT)$/, 'unavailable'],
  [
    /_(FULL|READ_ONLY)$|^(ENOSPC|EDQUOT|EROFS)$|^(CLI|BUILD)_OUTPUT_FAILED$|^SANDBOX_OUTPUT$|^(ARCHIVE|CACHE)_WRITE_FAILED$/,
    'cannotWrite',
  ],
  [/^TREE_(WRITE|REMOVE)$/, 'cannotWrite'],
  [/_(DIGEST_MISMATCH|SIZE_MISMATCH)$|^BUILD_DOWNLOAD_FAILED$|^TREE_(DIGEST|TORN)$|^EIO$/, 'damaged'],
  [/^STORE_(BLOB_MISSING|LAYER_MISSING|BAD_LAYER|IO)$/, 'damaged'],
  [/^STORE_BUSY$|_TOO_MANY_REQUESTS$|^TREE_CHANGED$/, 'tryAgain'],
  [/^REGISTRY_UNSUPPORTED$|_BAD_RESPONSE$/, 'badResponse'],
  [
    /^REGISTRY_(UNAUTHORIZED|DENIED|BAD_CREDENTIALS|BAD_CERTIFICATE)$|^(BUILD_GIT|STORE)_DENIED$|^(EACCES|EPERM)$/,
    'denied',
  ],
  [/^SIGNING_BAD_(KEY|PREDICATE)$/, 'badInput'],
  [/^SIGNING_WRONG_PASSWORD$/, 'denied'],
  [/^SIGNING_(UNSIGNED|BAD_SIGNATURE)$|^BUILD_SECRET_FOUND$/, 'failed'],
  [/^SANDBOX_(CRASHED|PROTOCOL|REQUEST)$|^CLI_UNEXPECTED$/, 'internal'],
  [/^SANDBOX_(ABORTED|USER|COMMAND|COMMAND_MISSING|COMMAND_REFUSED)$|^BUILD_(CANCELLED|RUN_FAILED)$/, 'failed'],
  [/^SANDBOX_|^TREE_OWNER$|^BUILD_NOT_SUPPORTED$|^STORE_BAD_VERSION$/, 'notPossibleHere'],
  [/^STORE_(IMAGE_MISSING|AMBIGUOUS_ID|IMAGE_IN_USE)$|^REGISTRY_(NOT_FOUND|NO_PLATFORM|REFUSED)$/, 'failed'],
  [/^CLI_(NOT_FOUND|CONFLICT|NEEDS_TERMINAL)$|^VOLUME_|^CONTAINER_/, 'failed'],
  [/^SERVER_BAD_(CONFIG|REQUEST)$/, 'badInput'],
  [/^SERVER_(DATABASE|UNREACHABLE|CHECKOUT_FAILED)$/, 'unavailable'],
  [/^SERVER_(IN_USE|BUSY)$/, 'tryAgain'],
  [/^SERVER_(KEY|UNAUTHORIZED|FORBIDDEN|BAD_SIGNATURE)$/, 'denied'],
  [/^SERVER_(POSTGRES_FAILED|NO_NETWORK)$/, 'notPossibleHere'],
  [/^SERVER_(NOT_FOUND|CONFLICT|TOO_LARGE|REPLAYED|BUILD_LOST|BUILD_TIMEOUT|DISK_FULL|DISK_QUOTA)$/, 'failed'],
]

function classOf(code: string): ExitClass | undefined {
  return classes.find(([pattern]) => pattern.test(code))?.[1]
}
