/** An error response with the server's code: a newer server may have codes that this program does not know. */
export class AnsweredError extends Error {
  override readonly name = 'AnsweredError'
  readonly code: string
  readonly hint: string | undefined

  constructor({ code, message, hint }: { readonly code: string; readonly message: string; readonly hint?: string }) {
    super(message)
    this.code = code
    this.hint = hint
  }
}
