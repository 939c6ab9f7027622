import { type ExpandOptions, expandWord, type SourceRange } from '../../parser/index.ts'
import type { Problems } from './problems.ts'

/** Variables for expansion, and where problems are reported. */
export interface Expander {
  readonly variables: ReadonlyMap<string, string>
  readonly escape: '\\' | '`'
  readonly problems: Problems
}

/** Expands variables in a word and removes quotes; undefined if the word is invalid, which is reported. */
export function expandText(text: string, range: SourceRange, expander: Expander): string | undefined {
  if (isPlain(text)) return text
  return expanded(text, range, { ...expander, options: { escape: expander.escape } })?.value
}

/** Like `expandText()`, but splits at unquoted blanks, including those in variable values. */
export function expandFields(text: string, range: SourceRange, expander: Expander): readonly string[] {
  return expanded(text, range, { ...expander, options: { escape: expander.escape } })?.words ?? []
}

/** Expands the body of a heredoc: quotes are literal, and backslash escapes whatever the file's escape character is. */
export function expandHeredoc(text: string, range: SourceRange, expander: Expander): string | undefined {
  if (!/[$\\]/.test(text)) return text
  return expanded(text, range, { ...expander, options: { ignoreQuotes: true } })?.value
}

/**
 * An instruction as shown in step names. The command of a RUN belongs to the shell: its quotes, escapes and the
 * variables that only the shell knows are kept. Text that cannot be expanded is shown as is.
 */
export function expandForName(text: string, expander: Expander, isCommand: boolean): string {
  const isPlainHere = isCommand ? !/[$\\`]/.test(text) : isPlain(text)
  if (isPlainHere) return text
  const result = expandWord(text, expander.variables, {
    escape: expander.escape,
    ...(isCommand && { keepQuotes: true, keepEscapes: true, keepUnset: true }),
  })
  return result.problem === undefined ? result.value : text
}

function expanded(
  text: string,
  range: SourceRange,
  { variables, problems, options }: Expander & { readonly options: ExpandOptions },
): { readonly value: string; readonly words: readonly string[] } | undefined {
  const result = expandWord(text, variables, options)
  if (result.problem === undefined) return result
  const { message: found, needed } = result.problem
  problems.error({ code: 'PLAN_EXPANSION', range, message: `Cannot expand "${text}": ${found} (expected ${needed})` })
  return undefined
}

/** Contains nothing that expansion would change. */
function isPlain(text: string): boolean {
  return !/[$'"\\`]/.test(text)
}
