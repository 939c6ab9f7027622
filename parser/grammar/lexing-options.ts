export interface LexingOptions {
  readonly escape: '\\' | '`'
  /** Whether quotes are special; they are not in the body of a heredoc. */
  readonly quotes: boolean
}

/**
 * Options for the text being lexed. Patterns of a chevrotain lexer cannot take arguments, and a lexer per combination
 * would cost start-up time; lexing is synchronous, so one variable suffices.
 */
let active: LexingOptions = { escape: '\\', quotes: true }

export function lexingOptions(): LexingOptions {
  return active
}

export function withLexingOptions<Result>(options: LexingOptions, lex: () => Result): Result {
  const before = active
  active = options
  try {
    return lex()
  } finally {
    active = before
  }
}
