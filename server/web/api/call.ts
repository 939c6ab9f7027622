import { createApiClient } from '../../client/api-client.ts'

/** The same client as that of the command line; the browser adds the session's cookie. */
export const { call } = createApiClient({ url: location.origin })

export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
}

export function failureOf(error: unknown): Failure {
  const { code, message, hint } = error as Partial<Failure>
  return { code: code ?? 'PAGE_ERROR', message: message ?? String(error), hint }
}
