import type { ReportTarget } from '../../../builder/report/report.ts'

/** A terminal that knows what the live report uses: line feeds, cursor up, erase line, erase below, colors, cursor on and off. */
export interface VirtualScreen extends ReportTarget {
  readonly columns: number
  /** The visible lines, without colors and trailing blanks. */
  lines(): readonly string[]
  cursorIsShown(): boolean
  /** Re-wraps long lines, as a terminal does. */
  resize(columns: number): void
}

export function createVirtualScreen(size: { columns: number; rows: number }): VirtualScreen {
  let { columns } = size
  let rows: string[] = ['']
  let row = 0
  let shown = true
  const listeners = new Set<() => void>()

  function put(character: string): void {
    if ((rows[row] ?? '').length >= columns) down()
    rows[row] = (rows[row] ?? '') + character
  }
  function down(): void {
    row += 1
    rows[row] ??= ''
  }
  function obey(parameter: string, command: string): void {
    if (command === 'A') row = Math.max(0, row - Number(parameter || '1'))
    else if (command === 'K' && parameter === '2') rows[row] = ''
    else if (command === 'J' && row === 0) throw new Error('tmux would keep each screen that is cleared from its top')
    else if (command === 'J') rows = [...rows.slice(0, row), '']
    else if (parameter === '?25' && (command === 'h' || command === 'l')) shown = command === 'h'
    else if (command !== 'm') throw new Error(`the screen does not know ESC[${parameter}${command}`)
  }
  function write(text: string): void {
    for (const [whole, parameter = '', command] of text.matchAll(SEQUENCE)) {
      if (command !== undefined) obey(parameter, command)
      else if (whole === '\n') down()
      else if (whole === '\r') continue
      else if (whole < ' ') throw new Error(`the screen got the control character ${JSON.stringify(whole)}`)
      else put(whole)
    }
  }
  return {
    isTTY: true,
    get columns() {
      return columns
    },
    rows: size.rows,
    write,
    on: (_, listener) => void listeners.add(listener),
    off: (_, listener) => void listeners.delete(listener),
    lines: () => rows.map((line) => line.trimEnd()).filter((line, index) => line !== '' || index < rows.length - 1),
    cursorIsShown: () => shown,
    resize: (wanted) => {
      const above = rows.slice(0, row).flatMap((line) => fold(line, wanted))
      rows = [...above, '']
      row = above.length
      columns = wanted
      for (const listener of listeners) listener()
    },
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal reads them
const SEQUENCE = /\u001b\[([?\d;]*)([A-Za-z])|./gs

function fold(line: string, columns: number): string[] {
  return line === '' ? [''] : (line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [])
}
