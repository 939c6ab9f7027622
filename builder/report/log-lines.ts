/** A longer line is shown in pieces, so that a step can't fill the memory. */
const MAX_LINE = 64 * 1024

/** Cuts the chunks of a step's output into whole lines; the two streams do not mix within a line. */
export interface LogLines {
  push(stream: 'stdout' | 'stderr', text: string): readonly string[]
  /** What is there without a line end. */
  unfinished(): readonly string[]
  /** The same, as the lines that they are when nothing more comes. */
  rest(): readonly string[]
}

/**
 * After a carriage return a line is written anew, as progress bars are: `every` state of it is its own line, or
 * only the `last`.
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

/** A return at the end stays: what comes next begins at the left edge. */
function lastState(line: string): string {
  return line.replace(/^.*\r(?=[^\r])/s, '')
}
