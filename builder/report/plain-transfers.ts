import { cleanText } from './clean-text.ts'
import { seconds } from './seconds.ts'
import type { BoardStep } from './step-board.ts'
import { isComplete, transferText } from './transfer-text.ts'

/** Interval between progress lines of a running transfer. */
const PROGRESS_EVERY_MS = 1000

export interface PlainTransfers {
  /** The progress line of a transfer, if one is due. */
  lineOf(step: BoardStep, id: string, atMs: number): string | undefined
}

export function createPlainTransfers(): PlainTransfers {
  const lastPrintedAtMs = new Map<string, number>()
  return {
    lineOf: (step, id, atMs) => {
      const transfer = step.transfers.get(id)
      if (transfer === undefined) return undefined
      const key = `${step.number} ${id}`
      const isWhole = isComplete(transfer)
      const last = lastPrintedAtMs.get(key) ?? transfer.startedAtMs
      if (last === Number.POSITIVE_INFINITY || (!isWhole && atMs - last < PROGRESS_EVERY_MS)) return undefined
      lastPrintedAtMs.set(key, isWhole ? Number.POSITIVE_INFINITY : atMs)
      const time = seconds(atMs - transfer.startedAtMs, 1)
      return `${cleanText(transferText(id, transfer))} ${time}s${isWhole ? ' done' : ''}`
    },
  }
}
