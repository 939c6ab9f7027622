import type { EventRow } from './event-row.ts'
import type { Mask } from './mask-secrets.ts'

interface StepLog {
  readonly mask: Mask
  pending: string
  bytes: number
  lines: number
}

const SEGMENT = 64 << 10

export interface StepLogWriterOptions {
  readonly newMask: () => Mask
  readonly maxBytes: number
  readonly write: (row: EventRow) => void
}

/** Writes the logs of a build's steps as segments with offsets. */
export class StepLogWriter {
  readonly #logs = new Map<string, StepLog>()
  readonly #options: StepLogWriterOptions
  #totalBytes = 0

  constructor(options: StepLogWriterOptions) {
    this.#options = options
  }

  append(step: string, text: string): void {
    const log = this.#logs.get(step) ?? { mask: this.#options.newMask(), pending: '', bytes: 0, lines: 0 }
    this.#logs.set(step, log)
    this.#add(step, log, log.mask.push(text))
  }

  /** Writes text that the mask held back. */
  end(step: string): void {
    const log = this.#logs.get(step)
    if (log !== undefined) this.#add(step, log, log.mask.end())
  }

  /** Writes the available text of one step or of all. */
  cut(step?: string): void {
    for (const [id, log] of this.#logs) if (step === undefined || id === step) this.#cut(id, log)
  }

  #add(step: string, log: StepLog, text: string): void {
    const { maxBytes } = this.#options
    if (this.#totalBytes > maxBytes) return
    this.#totalBytes += text.length
    log.pending += this.#totalBytes > maxBytes ? `${text}\n[log cut off: it exceeds ${maxBytes} bytes]\n` : text
    if (log.pending.length >= SEGMENT) this.#cut(step, log)
  }

  #cut(step: string, log: StepLog): void {
    if (log.pending === '') return
    const bytes = Buffer.from(log.pending)
    const lines = log.pending.split('\n').length - 1
    this.#options.write({ kind: 'log', step, data: { lines }, logOffset: log.bytes, logLine: log.lines, log: bytes })
    log.bytes += bytes.length
    log.lines += lines
    log.pending = ''
  }
}
