import type { SourceRange } from '../../parser/index.ts'
import type { BuildFailure } from '../api/index.ts'

export type RenderExcerpt = (
  source: { readonly name: string; readonly text: string },
  range: SourceRange,
) => readonly string[]

interface Failed {
  readonly failure: BuildFailure
  /** Codes of the error and its causes: a retry depends on them. */
  readonly codes: readonly string[]
}

/** A builder error as plain data; the text is unchanged and must be shown as plain text. */
export function failureOf(error: unknown, step: string | undefined, excerpt: RenderExcerpt): Failed {
  const chain = causesOf(error)
  const first = chain[0]
  const holder = chain.findLast(({ source }) => source !== undefined)
  const range = holder?.range ?? holder?.diagnostics?.[0]?.range
  const lines = holder?.source !== undefined && range !== undefined ? excerpt(holder.source, range) : []
  const causes = chain.slice(1).flatMap(({ message }) => message ?? [])
  const message = [first?.message ?? String(error), ...causes.filter((text) => !first?.message?.includes(text))]
  const hint = chain.map(({ hint }) => hint).find((one) => typeof one === 'string')
  const exitCode = chain.map(({ exitCode }) => exitCode).find((one) => typeof one === 'number')
  return {
    failure: {
      code: String(first?.code ?? 'BUILD_FAILED'),
      message: message.join(': '),
      ...(hint !== undefined && { hint }),
      ...(lines.length > 0 && { excerpt: lines.join('\n') }),
      ...(step !== undefined && { step }),
      ...(exitCode !== undefined && { exitCode }),
    },
    codes: chain.flatMap(({ code }) => (typeof code === 'string' ? [code] : [])),
  }
}

/** With the paths of the repository: where the worker has checked it out means nothing to readers. */
export function withoutDirectory(failure: BuildFailure, directory: string): BuildFailure {
  const { message, hint, excerpt } = failure
  const shortened = (text: string): string => text.replaceAll(`${directory}/`, '')
  return {
    ...failure,
    message: shortened(message),
    ...(hint !== undefined && { hint: shortened(hint) }),
    ...(excerpt !== undefined && { excerpt: shortened(excerpt) }),
  }
}

interface ErrorShape {
  readonly message?: string
  readonly code?: unknown
  readonly hint?: string
  readonly exitCode?: number
  readonly cause?: unknown
  readonly source?: { readonly name: string; readonly text: string }
  readonly range?: SourceRange
  readonly diagnostics?: readonly { readonly range: SourceRange }[]
}

function causesOf(error: unknown): readonly ErrorShape[] {
  const chain: ErrorShape[] = []
  let current = error
  while (current instanceof Error && chain.length < 8) {
    chain.push(current as ErrorShape)
    current = current.cause
  }
  return chain
}
