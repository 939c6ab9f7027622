import type { LexingOptions } from '../grammar/lexing-options.ts'
import type { WordPart } from './word-tree.ts'

/** `$name`, `${name}`, `"text"`, `'text'`, text; ASCII names only, so that no longer name is cut off. */
const PIECE =
  /\$([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_]|[^\0-\x7f])|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|"([^"\\`]*)"|'([^']*)'|([^$"'\\`]+)/y

/** Content of double quotes. */
const QUOTED_PIECE = /\$([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_]|[^\0-\x7f])|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|([^$]+)/y

/**
 * Parses the words that suffice for nearly all Dockerfiles: no operators, escapes or nesting. Undefined for any other,
 * which the grammar then parses: a build with simple words never has to set up that grammar, which takes longer than
 * parsing the whole file. A property test ensures that both give the same results.
 */
export function parseSimpleWord(text: string, { quotes }: LexingOptions): readonly WordPart[] | undefined {
  if (!quotes && /["']/.test(text)) return undefined
  const parts: WordPart[] = []
  PIECE.lastIndex = 0
  while (PIECE.lastIndex < text.length) {
    const match = PIECE.exec(text)
    const part = match === null ? undefined : partOf(match)
    if (part === undefined) return undefined
    parts.push(part)
  }
  return parts
}

function partOf([raw, variable, braced, doubleQuoted, singleQuoted]: RegExpExecArray): WordPart | undefined {
  if (variable !== undefined) return { kind: 'variable', name: variable, raw }
  if (braced !== undefined) return { kind: 'braced', name: braced, operation: { kind: 'plain' } }
  if (singleQuoted !== undefined) return { kind: 'single-quoted', text: singleQuoted }
  if (doubleQuoted === undefined) return { kind: 'literal', text: raw }
  const inside = quotedParts(doubleQuoted)
  return inside && { kind: 'double-quoted', parts: inside }
}

function quotedParts(text: string): readonly WordPart[] | undefined {
  const parts: WordPart[] = []
  QUOTED_PIECE.lastIndex = 0
  while (QUOTED_PIECE.lastIndex < text.length) {
    const match = QUOTED_PIECE.exec(text)
    if (match === null) return undefined
    const [raw, variable, braced] = match
    if (variable !== undefined) parts.push({ kind: 'variable', name: variable, raw })
    else if (braced !== undefined) parts.push({ kind: 'braced', name: braced, operation: { kind: 'plain' } })
    else parts.push({ kind: 'literal', text: raw })
  }
  return parts
}
