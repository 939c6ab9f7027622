export interface LexingOptions {
  readonly escape: '\\' | '`'
  /** Whether quotes mean something; they don't in the body of a heredoc. */
  readonly quotes: boolean
}

/**
 * The options of the text being lexed. Patterns of a chevrotain lexer get no argument for them, and a lexer for each
 * combination would cost start-up time; lexing is synchronous, so that one variable is enough.
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
