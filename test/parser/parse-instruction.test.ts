import { describe, expect, test } from 'vitest'
import { parseInstruction } from '../../parser/index.ts'

describe('parseInstruction()', () => {
  test('parses a trigger with its heredoc', () => {
    const { instruction, diagnostics } = parseInstruction('COPY <<A /x\nbody\nA')
    expect(diagnostics).toEqual([])
    expect(instruction).toMatchObject({ kind: 'copy', heredocs: [{ content: 'body\n' }] })
  })

  test('parses a change for a commit', () => {
    expect(parseInstruction('ENV A=1').instruction).toMatchObject({ kind: 'env', legacy: false })
  })

  test('uses the given escape character', () => {
    expect(parseInstruction('ENV A=a` b', '`').instruction).toMatchObject({ pairs: [{ value: { text: 'a` b' } }] })
  })

  test.each([
    ['', 'PARSE_NO_INSTRUCTION'],
    ['# only this', 'PARSE_NO_INSTRUCTION'],
    ['FROM a', 'PARSE_BAD_TRIGGER'],
    ['RUN a\nRUN b', 'PARSE_EXTRA_TEXT'],
    ['RNU a', 'PARSE_UNKNOWN_INSTRUCTION'],
    ['COPY a', 'PARSE_MISSING_ARGUMENT'],
  ])('refuses %j with %s', (text, code) => {
    const { instruction, diagnostics } = parseInstruction(text)
    expect(instruction).toBeUndefined()
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code])
  })
})
