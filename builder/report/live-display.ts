import stringWidth from 'string-width'
import { cleanText } from './clean-text.ts'
import type { ReportTarget } from './report.ts'

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'

/** Lines at the bottom of a terminal that are redrawn repeatedly, with the cursor hidden. */
export interface LiveDisplay {
  start(onResize: () => void): void
  columns(): number
  rows(): number
  draw(lines: readonly string[]): void
  /** Keeps the last frame, prints these lines below it and restores the cursor. */
  end(lines: readonly string[]): void
}

export function createLiveDisplay(target: ReportTarget): LiveDisplay {
  let drawn: readonly number[] = []
  let redraw = (): void => {}
  const columns = () => Math.max(20, target.columns || 80)

  /** Moves to the start of the last frame, whose lines a narrower window may have wrapped. */
  function back(): string {
    const rows = drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns())), 0)
    return rows === 0 ? '' : `\r\x1b[${rows}A`
  }

  function showCursor(): void {
    target.write(SHOW_CURSOR)
  }

  return {
    start: (onResize) => {
      redraw = onResize
      target.write(HIDE_CURSOR)
      process.on('exit', showCursor)
      target.on?.('resize', redraw)
    },
    columns,
    rows: () => Math.max(4, (target.rows || 24) - 1),
    draw: (lines) => {
      // Overwrite line by line: clearing the screen flickers, and tmux keeps each cleared screen in its history.
      target.write(`${back()}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[J`)
      drawn = lines.map((line) => stringWidth(cleanText(line)))
    },
    end: (lines) => {
      target.off?.('resize', redraw)
      target.write(lines.map((line) => `${line}\n`).join(''))
      showCursor()
      process.off('exit', showCursor)
    },
  }
}
