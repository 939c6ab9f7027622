import type { BuildFailure } from '../api/index.ts'
import { maskText } from './mask-secrets.ts'

export function maskFailure(failure: BuildFailure, secrets: Iterable<string>): BuildFailure {
  const values = [...secrets]
  return {
    ...failure,
    message: maskText(failure.message, values),
    ...(failure.hint !== undefined && { hint: maskText(failure.hint, values) }),
    ...(failure.excerpt !== undefined && { excerpt: maskText(failure.excerpt, values) }),
  }
}
