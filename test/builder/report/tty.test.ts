import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BuildEvent } from '../../../builder/index.ts'
import { ttyReport } from '../../../builder/report/tty.ts'
import { createVirtualScreen } from './virtual-screen.ts'

const START = Date.parse('2026-01-01T00:00:00Z')
beforeEach(() => vi.useFakeTimers({ now: START }))
afterEach(() => vi.useRealTimers())

const plan: BuildEvent = {
  kind: 'planned',
  atMs: START,
  steps: [
    { id: 'a', name: '[1/3] FROM base', inputs: [] },
    { id: 'b', name: '[2/3] RUN make', inputs: ['a'] },
    { id: 'c', name: '[3/3] RUN test', inputs: ['b'] },
  ],
}

function stage(size = { columns: 50, rows: 12 }) {
  const screen = createVirtualScreen(size)
  const report = ttyReport(screen, {})
  const say = (
    ...events: readonly (BuildEvent extends infer E ? (E extends unknown ? Omit<E, 'atMs'> : never) : never)[]
  ) => {
    for (const event of events) report.event({ ...event, atMs: Date.now() } as BuildEvent)
  }
  report.event(plan)
  return { screen, report, say }
}
const log = (step: string, text: string) => ({ kind: 'step-log', step, stream: 'stdout', text }) as const

describe('ttyReport()', () => {
  test('shows running steps with their time and the end of their log', () => {
    const { screen, say } = stage()
    say({ kind: 'step-cached', step: 'a' }, { kind: 'step-started', step: 'b' }, log('b', 'one\ntwo\npar'))
    vi.advanceTimersByTime(1200)
    expect(screen.lines()).toEqual([
      '[+] Building 1.2s (1/3)',
      ' => CACHED [1/3] FROM base                    0.0s',
      ' => [2/3] RUN make                            1.2s',
      ' => => # one',
      ' => => # two',
      ' => => # par',
    ])
    expect(screen.cursorIsShown()).toBe(false)
  })

  test('shows steps that wait for a free slot as waiting, and measures their time from their start', () => {
    const { screen, say } = stage()
    say({ kind: 'step-waiting', step: 'b' })
    vi.advanceTimersByTime(3000)
    expect(screen.lines().slice(1)).toEqual([' => [2/3] RUN make                         waiting'])
    say({ kind: 'step-started', step: 'b' })
    vi.advanceTimersByTime(1000)
    expect(screen.lines().slice(1)).toEqual([' => [2/3] RUN make                            1.0s'])
  })

  test('shows the last six lines only, and a finished step as one line', () => {
    const { screen, say } = stage()
    say({ kind: 'step-started', step: 'b' }, log('b', Array.from({ length: 20 }, (_, n) => `line ${n}\n`).join('')))
    vi.advanceTimersByTime(100)
    expect(screen.lines().slice(2)).toEqual([14, 15, 16, 17, 18, 19].map((n) => ` => => # line ${n}`))
    say({ kind: 'step-done', step: 'b' })
    vi.advanceTimersByTime(100)
    expect(screen.lines().slice(1)).toEqual([' => [2/3] RUN make                            0.1s'])
  })

  test('redraws a progress bar in place', () => {
    const { screen, say } = stage()
    say({ kind: 'step-started', step: 'b' }, log('b', 'get it\n10%\r20%'), log('b', '\r30%\r'))
    vi.advanceTimersByTime(100)
    expect(screen.lines().slice(2)).toEqual([' => => # get it', ' => => # 30%'])
    say(log('b', '100%\r\ngot it\r\n'))
    vi.advanceTimersByTime(100)
    expect(screen.lines().slice(2)).toEqual([' => => # get it', ' => => # 100%', ' => => # got it'])
  })

  test('counts bytes of transfers', () => {
    const { screen, say } = stage()
    say({ kind: 'step-started', step: 'a' })
    say({ kind: 'step-progress', step: 'a', id: 'abc', doneBytes: 1_500_000, totalBytes: 3_000_000 })
    say({ kind: 'step-progress', step: 'a', id: 'def', doneBytes: 12 })
    vi.advanceTimersByTime(500)
    expect(screen.lines().slice(2)).toEqual([
      ' => => abc 1.50MB / 3.00MB                    0.5s',
      ' => => def 12B                                0.5s',
    ])
  })

  test('never exceeds the rows of the terminal: finished steps are hidden, running ones keep their titles', () => {
    const { screen, say } = stage({ columns: 40, rows: 8 })
    for (let n = 0; n < 10; n += 1) say({ kind: 'step-started', step: `s${n}` }, { kind: 'step-done', step: `s${n}` })
    for (const step of ['x', 'y']) say({ kind: 'step-started', step }, log(step, '1\n2\n3\n4\n5\n6\n7\n'))
    vi.advanceTimersByTime(100)
    const lines = screen.lines()
    expect(lines.length).toBeLessThanOrEqual(7)
    expect(lines.join('\n')).toMatch(/=> x .*\n => => # 6\n => => # 7\n => y .*\n => => # 6\n => => # 7/)
  })

  test('redraws correctly after the window became narrower or wider', () => {
    const { screen, say } = stage()
    say({ kind: 'step-started', step: 'b' }, log('b', `${'long '.repeat(12)}\n`))
    vi.advanceTimersByTime(100)
    screen.resize(30)
    expect(screen.lines()).toEqual([
      '[+] Building 0.1s (0/3)',
      ' => [2/3] RUN make        0.1s',
      ' => => # long long long long …',
    ])
    screen.resize(80)
    expect(screen.lines()[0]).toBe('[+] Building 0.1s (0/3)')
    expect(screen.lines()).toHaveLength(3)
  })

  test('ends with all steps, the log of failures, the warnings, and a visible cursor', () => {
    const { screen, report, say } = stage({ columns: 50, rows: 6 })
    say({ kind: 'step-started', step: 'a' }, { kind: 'step-done', step: 'a' })
    say({
      kind: 'warning',
      warning: {
        code: 'StageNameCasing',
        message: 'lower case',
        range: { start: { line: 4, column: 1 }, end: { line: 4, column: 9 } },
      },
    })
    say({ kind: 'step-started', step: 'b' }, { kind: 'step-started', step: 'c' }, log('b', 'oops\nno line end'))
    say({ kind: 'step-failed', step: 'b', message: 'exit code 1', exitCode: 1 })
    report.end()
    expect(screen.lines()).toEqual([
      '[+] Building 0.0s (1/3)',
      ' => [1/3] FROM base                           0.0s',
      ' => ERROR [2/3] RUN make                      0.0s',
      ' => CANCELED [3/3] RUN test                   0.0s',
      '------',
      ' > [2/3] RUN make:',
      'oops',
      'no line end',
      '------',
      ' 1 warning found:',
      ' - StageNameCasing: lower case (line 4)',
    ])
    expect(screen.cursorIsShown()).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('prints FINISHED when everything is done', () => {
    const { screen, report, say } = stage()
    for (const step of ['a', 'b', 'c']) say({ kind: 'step-cached', step })
    report.end()
    expect(screen.lines()[0]).toBe('[+] Building 0.0s (3/3) FINISHED')
  })

  test('a transfer shows its action instead of "building"', () => {
    const screen = createVirtualScreen({ columns: 50, rows: 12 })
    const report = ttyReport(screen, {}, 'Pulling')
    report.event({ kind: 'step-started', step: 'a', atMs: START })
    vi.advanceTimersByTime(100)
    expect(screen.lines()[0]).toBe('[+] Pulling 0.1s (0/1)')
    report.end()
  })

  test('removes control sequences of steps', () => {
    const { screen, report, say } = stage()
    const evil = '\x1b[2J\x1b]0;title\x07\x1b[31mred\x1b[0m\x1bP1;2q\x1b\\\x9b5A\x07\b done\r\n'
    say({ kind: 'step-started', step: 'b' }, log('b', evil), log('b', '50%\r60%\r\n'))
    vi.advanceTimersByTime(100)
    expect(screen.lines().slice(2)).toEqual([' => => # red done', ' => => # 60%'])
    report.end()
  })
})
