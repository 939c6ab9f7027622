import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expandWord } from '../../parser/index.ts'

const VARIABLES = { A: 'lib/x.tar.gz', B: 'two words', E: '', S: 'aXbXc' } as const

const names = fc.constantFrom('A', 'B', 'E', 'S', 'UNSET')
const text = fc.stringMatching(/^[a-z/.,:@+-]{0,4}$/)
const pattern = fc.stringMatching(/^[a-zX/.*?]{0,4}$/)

/** Syntax with the same meaning in both: no brackets, no quotes in patterns or in operands between double quotes. */
const { word } = fc.letrec<{
  word: string
  piece: string
  operand: string
  quotedPiece: string
  quotedOperand: string
}>((tie) => ({
  word: fc.array(tie('piece'), { maxLength: 5 }).map((pieces) => pieces.join('')),
  piece: fc.oneof(
    text,
    names.map((name) => `$${name}`),
    substitution(tie('operand')),
    text.map((quoted) => `'$A ${quoted}'`),
    fc.array(tie('quotedPiece'), { maxLength: 3 }).map((pieces) => `"${pieces.join(' ')}"`),
    fc.constantFrom('\\$', '\\"', "\\'", '\\\\', '\\a', '\\ '),
  ),
  operand: fc.oneof({ maxDepth: 3 }, text, tie('piece'), substitution(tie('operand'))),
  quotedPiece: fc.oneof(text, substitution(tie('quotedOperand')), fc.constantFrom('\\$', '\\"', '\\\\', '\\a')),
  quotedOperand: fc.oneof({ maxDepth: 2 }, text, substitution(tie('quotedOperand'))),
}))

function substitution(operand: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    names.map((name) => `\${${name}}`),
    fc
      .tuple(names, fc.constantFrom(':-', '-', ':+', '+'), operand)
      .map(([name, operator, word]) => `\${${name}${operator}${word}}`),
    fc
      .tuple(names, fc.constantFrom('#', '##', '%', '%%'), pattern)
      .map(([name, operator, word]) => `\${${name}${operator}${word}}`),
  )
}

test('expandWord() agrees with a POSIX shell for the common operators', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 40, maxLength: 40 }), (words) => {
      const ours = words.map((written) => {
        const result = expandWord(written, new Map(Object.entries(VARIABLES)))
        return result.problem === undefined ? result.value : `! ${result.problem.message}`
      })
      expect(ours).toEqual(assignedBySh(words))
    }),
    { numRuns: 60 },
  )
})

function assignedBySh(words: readonly string[]): string[] {
  const lines = words.map((written) => `x=${written}; printf '%s\\0' "$x"`)
  const { stdout, stderr, status } = spawnSync('sh', ['-c', lines.join('\n')], {
    env: { PATH: process.env['PATH'], ...VARIABLES },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`sh failed: ${stderr}`)
  return stdout.split('\0').slice(0, -1)
}
