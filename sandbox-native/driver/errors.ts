/** Codes begin with `SANDBOX_`; those of the binary are passed on as they are (PROTOCOL.md lists them). */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, more: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.hint = more.hint
  }
}
