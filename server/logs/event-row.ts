/** A row of `build_events` but for its number. */
export interface EventRow {
  readonly kind: 'planned' | 'step' | 'log' | 'warning' | 'restarted'
  readonly step?: string
  readonly data?: unknown
  readonly logOffset?: number
  readonly logLine?: number
  readonly log?: Buffer
}
