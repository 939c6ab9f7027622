import { type ExpandOptions, expandWord, type SourceRange } from '../../parser/index.ts'
import type { Problems } from './problems.ts'

/** Where expansion looks and what it reports. */
export interface Expander {
  readonly variables: ReadonlyMap<string, string>
  readonly escape: '\\' | '`'
  readonly problems: Problems
}

/** One word with its variables put in and its quotes removed; undefined if it is wrong, which is reported. */
export function expandText(text: string, range: SourceRange, expander: Expander): string | undefined {
  if (isPlain(text)) return text
  return expanded(text, range, expander, { escape: expander.escape })?.value
}

/** As `expandText()`, split at blanks that are not quoted, those out of variables included. */
export function expandFields(text: string, range: SourceRange, expander: Expander): readonly string[] {
  return expanded(text, range, expander, { escape: expander.escape })?.words ?? []
}

/** The body of a heredoc: quotes are text there, and a backslash escapes whatever the file's escape character is. */
export function expandHeredoc(text: string, range: SourceRange, expander: Expander): string | undefined {
  if (!/[$\\]/.test(text)) return text
  return expanded(text, range, expander, { ignoreQuotes: true })?.value
}

/**
 * An instruction as step names show it. The command of a RUN is the shell's: its quotes, its escapes and the
 * variables that only the shell knows stay. A text that cannot be expanded is shown as it is.
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
  { variables, problems }: Expander,
  options: ExpandOptions,
): { readonly value: string; readonly words: readonly string[] } | undefined {
  const result = expandWord(text, variables, options)
  if (result.problem === undefined) return result
  const { message: found, needed } = result.problem
  problems.error({ code: 'PLAN_EXPANSION', range, message: `Cannot expand "${text}": ${found} (expected ${needed})` })
  return undefined
}

/** Nothing in it can mean anything to expansion. */
function isPlain(text: string): boolean {
  return !/[$'"\\`]/.test(text)
}
