/** What happened in a store, reported by the process that did it. Words and attributes are those of `docker events`. */
export interface NewEvent {
  readonly type: 'container' | 'image' | 'volume' | 'builder'
  /** `create`, `die`, `health_status: healthy`, … */
  readonly action: string
  /** Of what it happened to: an id, or the name of a volume or of a transferred image. */
  readonly id: string
  readonly attributes?: Readonly<Record<string, string>>
}

export interface StoreEvent extends NewEvent {
  readonly attributes: Readonly<Record<string, string>>
  /** RFC 3339, with up to nine digits of a second. */
  readonly time: string
}

export interface EventsRequest {
  /** Absent: from the oldest that is kept. */
  readonly sinceMs?: number
  /** Absent: without end while following, else what is there now. */
  readonly untilMs?: number
  /** Wait for more, until `untilMs` or the signal. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

/** The store's log of events. It is bounded: the oldest go. docs/events.md describes how it is kept. */
export interface Events {
  /** Never throws: an event that cannot be written is lost: what it reports has happened. */
  append(event: NewEvent): void
  /** In the order in which they were written. */
  read(request?: EventsRequest): AsyncIterable<StoreEvent>
}
