import type { Diagnostic, SourceRange } from '../../parser/index.ts'
import { cleanText } from './clean-text.ts'
import { excerpt, type Source } from './excerpt.ts'

export interface RenderOptions {
  /** Include stack traces. */
  readonly debug?: boolean
  readonly color?: boolean
}

/** What an error may carry; each room's errors have some of these fields, without a common base class. */
interface ErrorShape {
  readonly message: string
  readonly code?: unknown
  readonly hint?: unknown
  readonly cause?: unknown
  readonly stack?: string
  readonly source?: unknown
  readonly range?: unknown
  readonly diagnostics?: unknown
}

const MAX_CAUSES = 8
/** A file that is not a Dockerfile has an error in every line. */
const MAX_MISTAKES = 8

/** The only place where errors become text: excerpt, message, causes, hint. */
export function renderError(error: unknown, options: RenderOptions = {}): string {
  const chain = causesOf(error)
  const blocks = [
    ...excerpts(chain),
    messageLine(chain, options),
    ...chain
      .slice(1)
      .filter(addsInformation(chain))
      .map((cause) => `  because: ${indent(cause.message)}`),
    ...hints(chain).map((hint) => `  hint: ${indent(hint)}`),
  ]
  const text = cleanText(blocks.filter((block) => block !== '').join('\n'))
  const colored = options.color === true ? text.replace(/^ERROR:/m, '\x1b[31mERROR:\x1b[0m') : text
  return `${colored}\n${options.debug === true ? stacks(chain) : ''}`
}

function causesOf(error: unknown): readonly ErrorShape[] {
  const chain: ErrorShape[] = []
  let current: unknown = error
  while (current !== undefined && current !== null && chain.length < MAX_CAUSES) {
    const shape: ErrorShape = current instanceof Error ? current : { message: String(current) }
    if (chain.includes(shape)) break
    chain.push(shape)
    current = shape.cause
  }
  return chain.length === 0 ? [{ message: String(error) }] : chain
}

function messageLine(chain: readonly ErrorShape[], options: RenderOptions): string {
  const [first] = chain
  const diagnostics = diagnosticsOf(first)
  const message = first?.message === '' || first === undefined ? 'unknown failure' : first.message
  const isOnlyDiagnostic = diagnostics.length === 1 && diagnostics[0]?.message === message
  const code = options.debug === true && typeof first?.code === 'string' ? ` [${first.code}]` : ''
  const shownMistakes = isOnlyDiagnostic ? [] : diagnostics.slice(0, MAX_MISTAKES)
  const hiddenCount = isOnlyDiagnostic ? 0 : diagnostics.length - shownMistakes.length
  const rest = [
    ...shownMistakes.map(({ range, rule, code: name, message: text }) => {
      const check = rule === undefined ? '' : `${name}: `
      return `\n  line ${range.start.line}: ${check}${indent(text)}`
    }),
    ...(hiddenCount > 0 ? [`\n  and ${hiddenCount} more`] : []),
  ]
  return `ERROR: ${message}${code}${rest.join('')}`
}

/** Excerpt for the innermost error with a range, or for each diagnostic. */
function excerpts(chain: readonly ErrorShape[]): readonly string[] {
  const holder = chain.findLast((error) => sourceOf(error) !== undefined)
  const source = sourceOf(holder)
  if (source === undefined) return []
  const diagnostics = diagnosticsOf(holder)
  const range = rangeOf(holder)
  const ranges = diagnostics.length > 0 ? diagnostics.map((one) => one.range) : range === undefined ? [] : [range]
  return ranges.slice(0, MAX_MISTAKES).map((place) => excerpt(source, place).join('\n'))
}

function hints(chain: readonly ErrorShape[]): readonly string[] {
  const all = chain.flatMap((error) => [
    ...(typeof error.hint === 'string' ? [error.hint] : []),
    ...diagnosticsOf(error)
      .slice(0, MAX_MISTAKES)
      .flatMap((one) => (one.hint === undefined ? [] : [one.hint])),
  ])
  return [...new Set(all)]
}

/** Skips a cause that its wrapper already quotes. */
function addsInformation(chain: readonly ErrorShape[]): (error: ErrorShape) => boolean {
  return (error) => {
    const above = chain.slice(0, chain.indexOf(error))
    return error.message !== '' && !above.some((wrapper) => wrapper.message.includes(error.message))
  }
}

function sourceOf(error: ErrorShape | undefined): Source | undefined {
  const { source } = error ?? {}
  if (typeof source !== 'object' || source === null || !('name' in source) || !('text' in source)) return undefined
  return typeof source.name === 'string' && typeof source.text === 'string'
    ? { name: source.name, text: source.text }
    : undefined
}

function rangeOf(error: ErrorShape | undefined): SourceRange | undefined {
  const { range } = error ?? {}
  const isRange = typeof range === 'object' && range !== null && 'start' in range && 'end' in range
  return isRange ? (range as SourceRange) : undefined
}

function diagnosticsOf(error: ErrorShape | undefined): readonly Diagnostic[] {
  return Array.isArray(error?.diagnostics) ? (error.diagnostics as readonly Diagnostic[]) : []
}

function stacks(chain: readonly ErrorShape[]): string {
  return chain.map((error) => `${cleanText(error.stack ?? error.message)}\n`).join('caused by ')
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n    ')
}
