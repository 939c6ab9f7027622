import { describe, expect, test } from 'vitest'
import { parseDockerfile } from '../../parser/index.ts'

describe('parseDockerfile()', () => {
  test('parses an ordinary file into stages and instructions', () => {
    const { dockerfile, diagnostics } = parseDockerfile(
      'ARG TAG=3\nFROM python:$TAG AS App\nCOPY . /app\nCMD ["python"]\n',
    )
    expect(diagnostics).toEqual([])
    expect(dockerfile?.globalArgs.map(({ args }) => args[0]?.name.text)).toEqual(['TAG'])
    expect(dockerfile?.stages.map(({ name }) => name)).toEqual(['app'])
    expect(dockerfile?.stages[0]?.instructions.map(({ kind }) => kind)).toEqual(['copy', 'cmd'])
  })

  test('joins continued lines and drops comments between them', () => {
    const { dockerfile } = parseDockerfile('FROM a\nRUN one \\\n# two\n  three\n')
    expect(dockerfile?.stages[0]?.instructions[0]).toMatchObject({ text: 'RUN one   three' })
  })

  test('reports each invalid line with its position', () => {
    const { dockerfile, diagnostics } = parseDockerfile('FROM a\nRNU x\nCOPY a\n')
    expect(dockerfile).toBeUndefined()
    expect(diagnostics.map(({ code, range }) => [code, range.start.line])).toEqual([
      ['PARSE_UNKNOWN_INSTRUCTION', 2],
      ['PARSE_MISSING_ARGUMENT', 3],
    ])
    expect(diagnostics[0]?.hint).toBe('Did you mean "RUN"?')
  })
})
