import type { BuildEvent } from '../request/builder.ts'
import { cleanText } from './clean-text.ts'
import { createLogLines, type LogLines } from './log-lines.ts'

/** Log lines kept per step, in case it fails. */
const KEPT_LINES = 1000

interface StepLog {
  readonly chunks: LogLines
  lines: string[]
}

/** The last log lines of each step, as a terminal would show them. */
export interface KeptLogs {
  push(event: Extract<BuildEvent, { kind: 'step-log' }>): void
  /** The end of a log, including an unfinished line. */
  tailOf(step: string, count: number): readonly string[]
  /** Everything kept of a step that has ended. */
  wholeOf(step: string): readonly string[]
}

export function createKeptLogs(): KeptLogs {
  const logs = new Map<string, StepLog>()

  function logOf(step: string): StepLog {
    const log = logs.get(step) ?? { chunks: createLogLines('last'), lines: [] }
    logs.set(step, log)
    return log
  }

  return {
    push: ({ step, stream, text }) => {
      const log = logOf(step)
      keep(log, log.chunks.push(stream, text))
    },
    tailOf: (step, count) => {
      const log = logs.get(step)
      return log === undefined ? [] : [...log.lines.slice(-count), ...log.chunks.unfinished().map(shown)].slice(-count)
    },
    wholeOf: (step) => {
      const log = logOf(step)
      keep(log, log.chunks.rest())
      return log.lines
    },
  }
}

function shown(line: string): string {
  return cleanText(line).replaceAll('\t', '    ')
}

function keep(log: StepLog, lines: readonly string[]): void {
  log.lines.push(...lines.slice(-KEPT_LINES).map(shown))
  if (log.lines.length > 2 * KEPT_LINES) log.lines = log.lines.slice(-KEPT_LINES)
}
