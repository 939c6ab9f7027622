import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expandWord, parseDockerfile, parseInstruction } from '../../parser/index.ts'

const golden = resolve(import.meta.dirname, '../golden/parser')
const seeds = readdirSync(golden).map((name) => readFileSync(join(golden, name, 'Dockerfile'), 'utf8'))

const fragment = fc.oneof(
  fc.constantFrom(
    '\\',
    '`',
    '\n',
    '\r\n',
    '"',
    "'",
    '$',
    '${',
    '}',
    '<<',
    '<<-',
    '[',
    ']',
    '--',
    '=',
    '#',
    ' ',
    '\t',
    '\0',
  ),
  fc.constantFrom('FROM ', 'ONBUILD ', 'RUN ', 'EOF\n', '# escape=`\n', ':-', '\u2028', '\uFEFF', '\uD800', '世'),
  fc.string({ maxLength: 3 }),
)
const edit = fc.record({ at: fc.nat(), remove: fc.nat({ max: 12 }), insert: fragment })
const mutated = fc
  .tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 6 }))
  .map(([seed, edits]) =>
    edits.reduce((text, { at, remove, insert }) => {
      const from = text.length === 0 ? 0 : at % text.length
      return text.slice(0, from) + insert + text.slice(from + remove)
    }, seed),
  )

test('no mutated Dockerfile crashes the parser, and every diagnostic has a position in the text', () => {
  fc.assert(
    fc.property(mutated, (text) => {
      const { dockerfile, diagnostics } = parseDockerfile(text)
      const lines = text.replace(/^\uFEFF/, '').split('\n')
      expect(dockerfile === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
      for (const { range, message } of diagnostics) {
        expect(message).toMatch(/^Cannot .*: .+[^.]$/s)
        expect(range.start.line).toBeGreaterThanOrEqual(1)
        expect(range.start.column).toBeGreaterThanOrEqual(1)
        expect(range.start.line).toBeLessThanOrEqual(lines.length)
        expect(range.start.column).toBeLessThanOrEqual((lines[range.start.line - 1]?.length ?? 0) + 1)
        const lineCount = range.end.line - range.start.line
        expect(lineCount > 0 || (lineCount === 0 && range.end.column > range.start.column)).toBe(true)
      }
    }),
    { numRuns: 3000 },
  )
})

test('no mutated instruction or word crashes its parser', () => {
  fc.assert(
    fc.property(mutated, (text) => {
      parseInstruction(text)
      for (const line of text.split('\n')) expandWord(line, new Map([['A', 'x y']]), { escape: '`' })
    }),
    { numRuns: 800 },
  )
})
