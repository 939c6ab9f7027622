import { describe, expect, test } from 'vitest'
import { renderError } from '../../../builder/report/render-error.ts'

const source = { name: 'Dockerfile', text: 'FROM a\n\nRUNN  make\nCOPY x /\n\nCMD y\n' }
const range = (line: number, from: number, to: number) => ({ start: { line, column: from }, end: { line, column: to } })

describe('renderError()', () => {
  test('prints message, causes and hints, each once', () => {
    const root = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })
    const middle = Object.assign(new Error('Cannot reach "h": connection refused', { cause: root }), {
      hint: 'Is it on?',
    })
    const outer = Object.assign(new Error('Cannot pull "x"', { cause: middle }), { hint: 'Is it on?' })
    expect(renderError(outer)).toBe(
      'ERROR: Cannot pull "x"\n  because: Cannot reach "h": connection refused\n  hint: Is it on?\n',
    )
  })

  test('prints the location of a failed step, marked', () => {
    const error = Object.assign(new Error('Cannot run "make": exit code 2'), { source, range: range(4, 1, 9) })
    expect(renderError(error)).toBe(
      [
        'Dockerfile:4',
        '--------------------',
        '   2 |',
        '   3 |     RUNN  make',
        '   4 | >>> COPY x /',
        '   5 |',
        '   6 |     CMD y',
        '--------------------',
        'ERROR: Cannot run "make": exit code 2',
        '',
      ].join('\n'),
    )
  })

  test('marks the relevant word, and does not repeat a single diagnostic', () => {
    const message = 'Cannot read "RUNN": no such instruction'
    const diagnostics = [{ code: 'P', severity: 'error', message, hint: 'Did you mean "RUN"?', range: range(3, 1, 5) }]
    expect(renderError(Object.assign(new Error(message), { source, diagnostics }))).toBe(
      [
        'Dockerfile:3:1',
        '--------------------',
        '   1 |     FROM a',
        '   2 |',
        '   3 | >>> RUNN  make',
        '     |     ^^^^',
        '   4 |     COPY x /',
        '   5 |',
        '--------------------',
        `ERROR: ${message}`,
        '  hint: Did you mean "RUN"?',
        '',
      ].join('\n'),
    )
  })

  test('errors in every line are shown for the first lines only', () => {
    const diagnostics = Array.from({ length: 40 }, (_, index) => ({
      code: 'P',
      severity: 'error',
      message: `mistake ${index}`,
      hint: `hint ${index}`,
      range: range(index + 1, 1, 2),
    }))
    const text = renderError(
      Object.assign(new Error('m'), { source: { name: 'f', text: 'xy\n'.repeat(40) }, diagnostics }),
    )
    expect(text).toContain('line 8: mistake 7\n  and 32 more\n')
    expect(text).not.toMatch(/mistake 8|hint 8/)
    expect(text.match(/>>>/g)).toHaveLength(8)
  })

  test('several diagnostics have one excerpt and one line each', () => {
    const diagnostics = [3, 4].map((line) => ({
      code: 'P',
      severity: 'error',
      message: `wrong ${line}`,
      range: range(line, 1, 5),
    }))
    const text = renderError(
      Object.assign(new Error('Cannot read the Dockerfile: 2 mistakes'), { source, diagnostics }),
    )
    expect(text).toContain('Dockerfile:3:1\n')
    expect(text).toContain('Dockerfile:4:1\n')
    expect(text).toContain('ERROR: Cannot read the Dockerfile: 2 mistakes\n  line 3: wrong 3\n  line 4: wrong 4\n')
  })

  test('a long instruction is shown in part', () => {
    const text = ['FROM a', ...Array.from({ length: 40 }, (_, n) => `RUN line ${n} \\`)].join('\n')
    const error = Object.assign(new Error('x'), {
      source: { name: 'D', text },
      range: { start: { line: 2, column: 1 }, end: { line: 41, column: 3 } },
    })
    expect(renderError(error)).toContain('     | >>> … 28 more lines\n')
  })

  test('removes control sequences from messages', () => {
    expect(renderError(new Error('a\x1b[2J\x1b]0;t\x07b\x9b1mc\rd'))).toBe('ERROR: abcd\n')
  })

  test('shows code and stacks only with --debug', () => {
    const error = Object.assign(new Error('m'), { code: 'SOME_CODE' })
    expect(renderError(error)).not.toContain('SOME_CODE')
    expect(renderError(error)).not.toContain('at ')
    const debug = renderError(error, { debug: true })
    expect(debug).toContain('ERROR: m [SOME_CODE]\n')
    expect(debug).toMatch(/\n\s+at /)
  })

  for (const [what, thrown, text] of [
    ['a text', 'text', 'ERROR: text\n'],
    ['nothing', undefined, 'ERROR: undefined\n'],
    ['an error without a message', new Error(''), 'ERROR: unknown failure\n'],
  ] as const) {
    test(`copes with ${what}`, () => expect(renderError(thrown)).toBe(text))
  }

  test('circular causes terminate', () => {
    const error: Error & { cause?: unknown } = new Error('a')
    error.cause = error
    expect(renderError(error)).toBe('ERROR: a\n')
  })
})
