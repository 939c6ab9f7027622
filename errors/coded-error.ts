/** Details that every error can have. */
export interface ErrorDetails {
  /** What to do about it, in one sentence. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** The base of all errors that users can encounter: `Cannot <do what> "<object>": <found> (<needed>)`. */
export abstract class CodedError<Code extends string = string> extends Error {
  abstract override readonly name: string
  readonly code: Code
  readonly hint: string | undefined
  constructor(code: Code, message: string, { hint, cause }: ErrorDetails = {}) {
    super(message, { ...(cause !== undefined && { cause }) })
    this.code = code
    this.hint = hint
  }
}
