import type { LexingOptions } from '../grammar/lexing-options.ts'
import type { WordPart } from './word-tree.ts'

/** `$name`, `${name}`, `"text"`, `'text'`, text; plain letters only, so that no longer name is cut. */
const PIECE =
  /\$([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_]|[^\0-\x7f])|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|"([^"$\\`]*)"|'([^']*)'|([^$"'\\`]+)/y

/**
 * Understands the words that nearly all Dockerfiles are content with: no operators, escapes or nesting. Undefined for
 * any other, which the grammar then reads: so that a build with simple words never has to set up that grammar, which
 * takes longer than parsing the whole file. A property test holds both to the same results.
 */
export function parseSimpleWord(text: string, { quotes }: LexingOptions): readonly WordPart[] | undefined {
  if (!quotes && /["']/.test(text)) return undefined
  const parts: WordPart[] = []
  PIECE.lastIndex = 0
  while (PIECE.lastIndex < text.length) {
    const match = PIECE.exec(text)
    if (match === null) return undefined
    parts.push(partOf(match))
  }
  return parts
}

function partOf([raw, variable, braced, doubleQuoted, singleQuoted]: RegExpExecArray): WordPart {
  if (variable !== undefined) return { kind: 'variable', name: variable, raw }
  if (braced !== undefined) return { kind: 'braced', name: braced, operation: { kind: 'plain' } }
  if (singleQuoted !== undefined) return { kind: 'single-quoted', text: singleQuoted }
  if (doubleQuoted === undefined) return { kind: 'literal', text: raw }
  const inside: WordPart[] = doubleQuoted === '' ? [] : [{ kind: 'literal', text: doubleQuoted }]
  return { kind: 'double-quoted', parts: inside }
}
