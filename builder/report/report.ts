import type { BuildEvent } from '../request/builder.ts'

/** Shows the events of one build to someone. */
export interface Report {
  event(event: BuildEvent): void
  /** Once, however the build ended: writes what is left and gives the terminal back as it was. */
  end(): void
  /** Where programs read the report: what the build came to, with the keys of a metadata file. */
  result?(document: unknown): void
}

export type ProgressMode = 'auto' | 'tty' | 'plain' | 'quiet' | 'none' | 'rawjson'

/** Where a report writes: standard error, or anything like it. */
export interface ReportTarget {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  on?(event: 'resize', listener: () => void): unknown
  off?(event: 'resize', listener: () => void): unknown
}
