import type { BuildEvent } from '../request/builder.ts'

/** Displays the events of one build. */
export interface Report {
  event(event: BuildEvent): void
  /** Call once, however the build ended: flushes output and restores the terminal. */
  end(): void
  /** For machine-readable reports: the result of the build, with the keys of a metadata file. */
  result?(document: unknown): void
}

export type ProgressMode = 'auto' | 'tty' | 'plain' | 'quiet' | 'none' | 'rawjson'

/** Where a report is written: standard error or similar. */
export interface ReportTarget {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  on?(event: 'resize', listener: () => void): unknown
  off?(event: 'resize', listener: () => void): unknown
}
