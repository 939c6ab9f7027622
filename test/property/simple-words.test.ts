import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSimpleWord } from '../../parser/expand/parse-simple-word.ts'
import { parseWordByGrammar } from '../../parser/expand/parse-word.ts'

const piece = fc.oneof(
  fc.constantFrom(
    '$A',
    '${B}',
    '$',
    '${',
    '}',
    '"',
    "'",
    '"a b"',
    "'$c'",
    '"$d e"',
    '"f ${g}h"',
    '"$"',
    '$Aé',
    '${é}',
    '$1',
    'x',
    ' ',
    'é',
    '\n',
    '`',
    '\\',
  ),
  fc.string({ maxLength: 2 }),
)

test('the fast path for simple words agrees with the grammar', () => {
  let simpleCount = 0
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 6 }),
      fc.constantFrom('\\', '`'),
      fc.boolean(),
      (pieces, escapeBy, quotes) => {
        const options = { escape: escapeBy, quotes }
        const simple = parseSimpleWord(pieces.join(''), options)
        if (simple === undefined) return
        simpleCount += 1
        expect(joinLiterals(simple)).toEqual(joinLiterals(parseWordByGrammar(pieces.join(''), options).parts ?? []))
      },
    ),
    { numRuns: 3000 },
  )
  expect(simpleCount).toBeGreaterThan(500)
})

/** The boundaries of adjacent texts have no meaning. */
function joinLiterals(parts: readonly { readonly kind: string; readonly text?: string }[]): unknown[] {
  const joined: { kind: string; text?: string }[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part.kind === 'literal' && last?.kind === 'literal') last.text = `${last.text ?? ''}${part.text ?? ''}`
    else joined.push({ ...part })
  }
  return joined
}
