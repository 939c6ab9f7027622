/** A longer line is shown in pieces, so that a step can't fill the memory. */
const MAX_LINE = 64 * 1024

/** Cuts the chunks of a step's output into whole lines; the two streams do not mix within a line. */
export interface LogLines {
  push(stream: 'stdout' | 'stderr', text: string): readonly string[]
  /** What stands there without a line end. */
  rest(): readonly string[]
}

/** A carriage return ends a line too: each state of a progress bar is one. */
export function createLogLines(): LogLines {
  const pending = { stdout: '', stderr: '' }
  return {
    push(stream, text) {
      const parts = (pending[stream] + text).split(/\r*\n|\r(?=[^\r\n])/)
      let last = parts.pop() ?? ''
      while (last.length > MAX_LINE) {
        parts.push(last.slice(0, MAX_LINE))
        last = last.slice(MAX_LINE)
      }
      pending[stream] = last
      return parts
    },
    rest() {
      const left = [pending.stdout, pending.stderr].filter((text) => text !== '')
      pending.stdout = ''
      pending.stderr = ''
      return left
    },
  }
}
