/** Longer lines are shown in pieces, so that a step cannot exhaust memory. */
const MAX_LINE = 64 * 1024

/** Splits a step's output into whole lines; the two streams never mix within a line. */
export interface LogLines {
  push(stream: 'stdout' | 'stderr', text: string): readonly string[]
  /** The text without a line ending so far. */
  unfinished(): readonly string[]
  /** Flushes unfinished lines when no more output follows. */
  rest(): readonly string[]
}

/**
 * A carriage return rewrites a line, as progress bars do: each of its states becomes a line (`every`), or only the
 * `last`.
 */
export function createLogLines(states: 'every' | 'last'): LogLines {
  const pending = { stdout: '', stderr: '' }
  const cut = states === 'every' ? /\r*\n|\r(?=[^\r\n])/ : /\r*\n/
  const visible = states === 'every' ? (line: string) => line : lastState
  const unfinished = () => [pending.stdout, pending.stderr].filter((text) => text !== '')
  return {
    push(stream, text) {
      const parts = (pending[stream] + text).split(cut).map(visible)
      let last = parts.pop() ?? ''
      while (last.length > MAX_LINE) {
        parts.push(last.slice(0, MAX_LINE))
        last = last.slice(MAX_LINE)
      }
      pending[stream] = last
      return parts
    },
    unfinished,
    rest() {
      const left = unfinished()
      pending.stdout = ''
      pending.stderr = ''
      return left
    },
  }
}

/** A trailing carriage return stays: the next text starts at the left edge. */
function lastState(line: string): string {
  return line.replace(/^.*\r(?=[^\r])/s, '')
}
