import { describe, expect, test } from 'vitest'
import { parseDockerfile } from '../../parser/index.ts'

function codesOf(text: string): string[] {
  return parseDockerfile(text).diagnostics.map(({ code }) => code)
}

describe('a line of', () => {
  test('65,535 bytes is accepted', () => {
    const { dockerfile } = parseDockerfile(`FROM a\nRUN ${'x'.repeat(65_531)}\n`)
    expect(dockerfile?.stages[0]?.instructions[0]?.text).toHaveLength(65_535)
  })

  test('65,536 bytes is refused, with its position', () => {
    const { dockerfile, diagnostics } = parseDockerfile(`FROM a\nRUN ${'x'.repeat(65_532)}\nRNU y\n`)
    expect(dockerfile).toBeUndefined()
    expect(diagnostics[0]).toMatchObject({
      code: 'PARSE_LINE_TOO_LONG',
      message: 'Cannot read line 2: it has 65536 bytes (at most 65535)',
      range: { start: { line: 2, column: 1 } },
    })
  })

  test('fewer characters but more bytes is refused', () => {
    expect(codesOf(`FROM a\nRUN ${'é'.repeat(32_766)}\n`)).toEqual(['PARSE_LINE_TOO_LONG'])
    expect(codesOf(`FROM a\nRUN ${'é'.repeat(32_765)}\n`)).toEqual([])
  })

  test('too many bytes in a heredoc, a comment or a continuation is refused', () => {
    const long = 'x'.repeat(70_000)
    expect(codesOf(`FROM a\nRUN <<EOF\n${long}\nEOF\n`)).toContain('PARSE_LINE_TOO_LONG')
    expect(codesOf(`FROM a\n# ${long}\n`)).toContain('PARSE_LINE_TOO_LONG')
    expect(codesOf(`FROM a\nRUN x \\\n${long}\n`)).toContain('PARSE_LINE_TOO_LONG')
  })
})

describe('a huge text is parsed in linear time:', () => {
  const long = 60_000

  test('a heredoc of 10 MB', () => {
    const body = `${'x'.repeat(79)}\n`.repeat(131_072)
    const { dockerfile } = parseDockerfile(`FROM a\nCOPY <<EOF /x\n${body}EOF\n`)
    const [copy] = dockerfile?.stages[0]?.instructions ?? []
    expect(copy?.kind === 'copy' && copy.heredocs[0]?.content.length).toBe(body.length)
  })

  test('an instruction of 300,000 continued lines', () => {
    expect(codesOf(`FROM a\nRUN ${'a \\\n'.repeat(300_000)}\n`)).toEqual([])
  })

  // Each of these is fast unless a pattern backtracks.
  test.each([
    ['opening brackets', `CMD ${'['.repeat(long)}`],
    ['words that look like arrays', `COPY ${'[a '.repeat(long / 3)}x`],
    ['strings in an array', `COPY [${'"a",'.repeat(long / 4)}"b"]`],
    ['blanks before the last character', `RUN x${' '.repeat(long)}y`],
    ['blanks in a directive', `# escape = x${' '.repeat(long)}y`],
    ['blanks in many directives', `# escape = x${' '.repeat(long)}y\n`.repeat(300)],
    ['quotes', `ENV A=${'"'.repeat(long)}`],
    ['escapes', `ENV A=${'\\'.repeat(long)}x`],
    ['pairs', `ENV ${'a=b '.repeat(long / 4)}`],
    ['flags', `RUN ${'--mount=type=tmpfs,target=/x '.repeat(2000)}x`],
    ['heredoc marks', `RUN ${'<<a '.repeat(long / 4)}`],
    ['open substitutions next to a heredoc mark', `RUN <<EOF ${'${a:-'.repeat(long / 5)}`],
    ['digits before a heredoc mark', `COPY ${'1'.repeat(long)} <x`],
    ['tabs', `RUN ${'\t'.repeat(long)}x`],
  ])('%s', (_, line) => {
    const copies = parseDockerfile(`${line}\nFROM a\n`).diagnostics
    expect(copies.every(({ range }) => range.start.line >= 1)).toBe(true)
  })
})
