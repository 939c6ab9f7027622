import { describe, expect, test } from 'vitest'
import type { BuildEvent } from '../../../builder/index.ts'
import { plainReport } from '../../../builder/report/plain.ts'

function show(events: readonly BuildEvent[]): string {
  const texts: string[] = []
  const report = plainReport({ write: (text) => texts.push(text) })
  for (const event of events) report.event(event)
  report.end()
  return texts.join('')
}
const log = (step: string, text: string, atMs: number, stream: 'stdout' | 'stderr' = 'stdout'): BuildEvent => ({
  kind: 'step-log',
  step,
  stream,
  text,
  atMs,
})

describe('plainReport()', () => {
  test('prints the end of a step that ends again only with news', () => {
    const again = (from: number, to: number): readonly BuildEvent[] => [
      { kind: 'step-started', step: 'a', atMs: from },
      { kind: 'step-done', step: 'a', atMs: to },
    ]
    expect(show([...again(0, 1), ...again(10, 11), ...again(20, 420)])).toBe('#1 a\n#1 DONE 0.0s\n#1 DONE 0.4s\n')
  })

  test('numbers steps in order of appearance and prints everything about them', () => {
    const text = show([
      {
        kind: 'planned',
        atMs: 0,
        steps: [
          { id: 'a', name: '[1/2] FROM x', inputs: [] },
          { id: 'b', name: '[2/2] RUN y', inputs: [] },
        ],
      },
      { kind: 'step-cached', step: 'a', atMs: 1 },
      { kind: 'step-started', step: 'b', atMs: 1000 },
      log('b', 'first\nsec', 1123),
      log('b', 'on stderr\n', 1130, 'stderr'),
      log('b', 'ond\nlast', 1200),
      { kind: 'step-done', step: 'b', atMs: 1260 },
    ])
    expect(text).toBe(
      [
        '#1 [1/2] FROM x',
        '#1 CACHED',
        '',
        '#2 [2/2] RUN y',
        '#2 0.123 first',
        '#2 0.130 on stderr',
        '#2 0.200 second',
        '#2 0.260 last',
        '#2 DONE 0.3s',
        '',
      ].join('\n'),
    )
  })

  test('repeats the last lines of a failed step under its error', () => {
    const text = show([
      { kind: 'step-started', step: 'a', atMs: 0 },
      log('a', Array.from({ length: 12 }, (_, n) => `line ${n}\n`).join(''), 5),
      { kind: 'step-failed', step: 'a', message: 'exit code 1', exitCode: 1, atMs: 10 },
    ])
    const [, below = ''] = text.split('#1 ERROR: exit code 1\n')
    const lines = Array.from({ length: 10 }, (_, n) => `0.005 line ${n + 2}`)
    expect(below).toBe(['------', ' > a:', ...lines, '------', ''].join('\n'))
  })

  test('shows the pull and extraction of a base image under its step, even after the step is done', () => {
    const progress = (id: string, doneBytes: number, atMs: number, totalBytes?: number): BuildEvent => ({
      kind: 'step-progress',
      step: 'a',
      id,
      doneBytes,
      atMs,
      ...(totalBytes !== undefined && { totalBytes }),
    })
    const text = show([
      { kind: 'step-started', step: 'a', atMs: 0 },
      { kind: 'step-done', step: 'a', atMs: 100 },
      { kind: 'step-started', step: 'a', atMs: 5000 },
      progress('3f2a', 0, 5000, 2000),
      progress('3f2a', 2000, 5400, 2000),
      progress('Extracting 3f2a', 0, 5400),
      progress('Extracting 3f2a', 2000, 5900, 2000),
      { kind: 'step-done', step: 'a', atMs: 5900 },
    ])
    expect(text.split('\n').slice(2, -1)).toEqual([
      '#1 3f2a 2.00kB / 2.00kB 0.4s done',
      '#1 Extracting 3f2a 2.00kB / 2.00kB 0.5s done',
      '#1 DONE 1.0s',
    ])
  })

  test('shows that a step waits for a free slot, and measures its time from its start', () => {
    const text = show([
      { kind: 'step-waiting', step: 'a', atMs: 0 },
      { kind: 'step-started', step: 'a', atMs: 5000 },
      { kind: 'step-done', step: 'a', atMs: 6000 },
    ])
    expect(text).toBe('#1 a\n#1 waiting for other steps to finish\n#1 DONE 1.0s\n')
  })

  test('prints failed and cancelled steps, and the warnings', () => {
    const text = show([
      { kind: 'step-started', step: 'a', atMs: 0 },
      { kind: 'step-started', step: 'b', atMs: 0 },
      log('a', 'partial', 5),
      { kind: 'step-failed', step: 'a', message: 'exit code 1', exitCode: 1, atMs: 10 },
      { kind: 'warning', warning: { code: 'W', message: 'careful' }, atMs: 10 },
    ])
    expect(text).toBe(
      '#1 a\n\n#2 b\n#1 0.010 partial\n#1 ERROR: exit code 1\n#2 CANCELED\n------\n > a:\n0.010 partial\n------\n\n 1 warning found:\n - W: careful\n',
    )
  })

  test('a cached step does not print DONE', () => {
    const text = show([
      { kind: 'step-started', step: 'a', atMs: 0 },
      { kind: 'step-cached', step: 'a', atMs: 1 },
      { kind: 'step-done', step: 'a', atMs: 2 },
    ])
    expect(text).toBe('#1 a\n#1 CACHED\n')
  })

  test('reports a transfer once a second and when it is complete', () => {
    const progress = (doneBytes: number, atMs: number): BuildEvent => ({
      kind: 'step-progress',
      step: 'a',
      id: 'abc',
      doneBytes,
      totalBytes: 4000,
      atMs,
    })
    const text = show([
      { kind: 'step-started', step: 'a', atMs: 0 },
      progress(0, 0),
      progress(1000, 500),
      progress(2000, 1000),
      progress(3000, 1500),
      progress(4000, 1600),
      progress(4000, 1700),
      { kind: 'step-done', step: 'a', atMs: 1700 },
    ])
    expect(text).toBe('#1 a\n#1 abc 2.00kB / 4.00kB 1.0s\n#1 abc 4.00kB / 4.00kB 1.6s done\n#1 DONE 1.7s\n')
  })

  test('does not truncate: a hundred thousand lines and a line of a megabyte are complete', () => {
    const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n}\n`).join('')
    const text = show([
      { kind: 'step-started', step: 'a', atMs: 0 },
      log('a', lines, 1),
      log('a', `${'x'.repeat(1 << 20)}\n`, 2),
      { kind: 'step-done', step: 'a', atMs: 3 },
    ])
    expect(text.match(/^#1 0\.001 line /gm)).toHaveLength(100_000)
    expect(text.match(/x/g)).toHaveLength(1 << 20)
  })

  test('keeps colors, and removes all other control sequences', () => {
    const text = show([
      { kind: 'step-started', step: 'a', atMs: 0 },
      log('a', '\x1b[31mred\x1b[2J\x1b]0;t\x07\x1b[5A\x08!\n', 0),
      { kind: 'step-done', step: 'a', atMs: 0 },
    ])
    expect(text).toContain('#1 0.000 \x1b[31mred!\x1b[0m\n')
  })

  test('states of a progress bar are printed on separate lines', () => {
    const text = show([
      { kind: 'step-started', step: 'a', atMs: 0 },
      log('a', ' 10%\r', 0),
      log('a', ' 99%\r\n', 0),
      { kind: 'step-done', step: 'a', atMs: 0 },
    ])
    expect(text).toBe('#1 a\n#1 0.000  10%\n#1 0.000  99%\n#1 DONE 0.0s\n')
  })
})
