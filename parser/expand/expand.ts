import { ExpandFailure } from './expand-failure.ts'
import { ExpandLimits } from './expand-limits.ts'
import { matchLengths, parseGlob, reversePattern } from './glob.ts'
import { parseWord } from './parse-word.ts'
import { replaceMatches } from './replace-matches.ts'
import { WordCollector } from './word-collector.ts'
import type { WordProblem } from './word-problem.ts'
import type { BraceOperation, WordPart } from './word-tree.ts'

/** Looks up variables; a `Map` satisfies it. */
export interface Scope {
  get(name: string): string | undefined
}

export interface ExpandOptions {
  /** Default: backslash. */
  readonly escape?: '\\' | '`'
  /** Quotes are ordinary characters, as in the body of a heredoc. */
  readonly ignoreQuotes?: boolean
  /** Quotes stay in the result. */
  readonly keepQuotes?: boolean
  /** Escape characters stay in the result. */
  readonly keepEscapes?: boolean
  /** References to unset variables are kept as written. */
  readonly keepUnset?: boolean
}

export interface Expanded {
  readonly value: string
  /** The value split at blanks not protected by quotes or escapes, including blanks from variables. */
  readonly words: readonly string[]
  /** Names looked up and found, in order, without duplicates. */
  readonly used: readonly string[]
  /** Names looked up but unset. */
  readonly undefinedNames: readonly string[]
  readonly problem?: undefined
}

export type ExpandResult = Expanded | { readonly problem: WordProblem }

/**
 * Expands variables and removes quotes, as BuildKit does. An invalid word, or `${name:?message}` without a value,
 * yields a problem; nothing is thrown.
 */
export function expandWord(word: string, scope: Scope, options: ExpandOptions = {}): ExpandResult {
  const escapeBy = options.escape ?? '\\'
  const parsed = parseWord(word, { escape: escapeBy, quotes: options.ignoreQuotes !== true })
  if (parsed.problem !== undefined) return { problem: parsed.problem }
  const expansion = new Expansion(scope, options)
  try {
    const { value, words } = expansion.collect(parsed.parts, options.keepEscapes === true ? 'keep' : 'drop')
    return { value, words, used: [...expansion.used], undefinedNames: [...expansion.undefinedNames] }
  } catch (error) {
    if (error instanceof ExpandFailure) return { problem: { ...error.reason, offset: 0 } }
    throw error
  }
}

/** What to do with escape characters. A pattern is parsed again, so those of quoted text are doubled. */
type Escapes = 'drop' | 'keep' | 'pattern'

class Expansion {
  readonly used = new Set<string>()
  readonly undefinedNames = new Set<string>()
  readonly #scope: Scope
  readonly #options: ExpandOptions
  readonly #limits = new ExpandLimits()

  constructor(scope: Scope, options: ExpandOptions) {
    this.#scope = scope
    this.#options = options
  }

  collect(parts: readonly WordPart[], escapes: Escapes): { value: string; words: readonly string[] } {
    const collector = new WordCollector()
    for (const part of parts) {
      const text = this.#textOf(part, escapes)
      if (part.kind === 'literal') collector.addLiteral(text)
      else if (part.kind === 'variable' || part.kind === 'braced') collector.add(text)
      else collector.addProtected(text)
    }
    return collector.finish()
  }

  #valueOf(parts: readonly WordPart[], escapes: Escapes): string {
    return parts.map((part) => this.#textOf(part, escapes)).join('')
  }

  #textOf(part: WordPart, escapes: Escapes): string {
    switch (part.kind) {
      case 'literal':
        return part.text
      case 'escaped':
        return escapes === 'drop' ? part.text : part.raw
      case 'single-quoted':
        return this.#quoted("'", escapes === 'pattern' ? this.#withDoubledEscapes(part.text) : part.text)
      case 'double-quoted':
        return this.#quoted('"', part.parts.map((inner) => this.#textInQuotes(inner, escapes)).join(''))
      case 'variable':
        return this.#lookUp(part.name) ?? (this.#options.keepUnset === true ? part.raw : '')
      case 'braced':
        return this.#substitute(part.name, part.operation)
    }
  }

  /**
   * SPEC: BuildKit shell/lex.go processDoubleQuote: an escape character that escapes nothing is doubled when escapes
   * are kept.
   */
  #textInQuotes(part: WordPart, escapes: Escapes): string {
    const isDoubled = escapes === 'pattern' || (escapes === 'keep' && this.#options.keepQuotes !== true)
    return part.kind === 'literal' && isDoubled ? this.#withDoubledEscapes(part.text) : this.#textOf(part, escapes)
  }

  #withDoubledEscapes(text: string): string {
    const escapeBy = this.#options.escape ?? '\\'
    return text.replaceAll(escapeBy, escapeBy + escapeBy)
  }

  #quoted(quote: string, text: string): string {
    return this.#options.keepQuotes === true ? quote + text + quote : text
  }

  #lookUp(name: string): string | undefined {
    const value = this.#scope.get(name)
    if (value === undefined) this.undefinedNames.add(name)
    else this.used.add(name)
    this.#limits.addCharacters(value?.length ?? 0)
    return value
  }

  #substitute(name: string, operation: BraceOperation): string {
    const keepUnset = this.#options.keepUnset === true
    switch (operation.kind) {
      case 'plain':
        return this.#lookUp(name) ?? (keepUnset ? `\${${name}}` : '')
      case 'value': {
        const word = this.#valueOf(operation.word, 'drop')
        const value = this.#lookUp(name)
        if (value === undefined && keepUnset) return `\${${name}${operation.operator}${word}}`
        return chooseValue(name, operation.operator, { word, value })
      }
      case 'trim': {
        const word = this.#valueOf(operation.word, 'pattern')
        const value = this.#lookUp(name)
        if (value === undefined && keepUnset) return `\${${name}${operation.operator}${word}}`
        return trim(operation.operator, word, { value: value ?? '', limits: this.#limits })
      }
      case 'replace': {
        const pattern = this.#valueOf(operation.pattern, 'pattern')
        const replacement = this.#valueOf(operation.replacement, 'keep')
        const value = this.#lookUp(name)
        if (value === undefined && keepUnset) return `\${${name}/${pattern}/${replacement}}`
        const all = operation.operator === '//'
        return replaceMatches(value ?? '', globOf(pattern), { replacement, all, limits: this.#limits })
      }
    }
  }
}

/** `:-`, `-`, `:+`, `+`, `:?`, `?`; with the colon, an empty value counts as unset. */
function chooseValue(name: string, operator: string, has: { word: string; value: string | undefined }): string {
  const isMissing = has.value === undefined || (operator.startsWith(':') && has.value === '')
  if (operator.endsWith('+')) return isMissing ? '' : has.word
  if (!isMissing) return has.value ?? ''
  if (operator.endsWith('-')) return has.word
  const found = has.value === undefined ? 'is unset' : 'is empty'
  const reason = has.word === '' ? '' : `: ${has.word}`
  throw new ExpandFailure({ message: `the variable "${name}" ${found}${reason}`, needed: 'a value' })
}

/** SPEC: a doubled operator removes the longest match, a single one the shortest. */
function trim(operator: string, word: string, of: { value: string; limits: ExpandLimits }): string {
  const isLongest = word.startsWith(operator)
  const pattern = isLongest ? word.slice(1) : word
  const isSuffix = operator === '%'
  const glob = globOf(isSuffix ? reversePattern(pattern) : pattern)
  const characters = [...of.value]
  if (isSuffix) characters.reverse()
  const lengths = matchLengths(glob, characters, { from: 0, limits: of.limits })
  const length = (isLongest ? lengths.at(-1) : lengths[0]) ?? 0
  const rest = characters.slice(length)
  return (isSuffix ? rest.reverse() : rest).join('')
}

function globOf(pattern: string): ReturnType<typeof parseGlob> & object {
  const glob = parseGlob(pattern)
  if (glob !== undefined) return glob
  throw new ExpandFailure({
    message: `the pattern "${pattern}" has an invalid escape`,
    needed: '\\*, \\?, \\\\ or \\/',
  })
}
