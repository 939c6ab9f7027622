/** An event in a store, reported by the process that caused it. Actions and attributes are those of `docker events`. */
export interface NewEvent {
  readonly type: 'container' | 'image' | 'volume' | 'builder'
  /** `create`, `die`, `health_status: healthy`, … */
  readonly action: string
  /** The object's ID, or the name of a volume or of a transferred image. */
  readonly id: string
  readonly attributes?: Readonly<Record<string, string>>
}

export interface StoreEvent extends NewEvent {
  readonly attributes: Readonly<Record<string, string>>
  /** RFC 3339, with up to nine fractional digits. */
  readonly time: string
}

export interface EventsRequest {
  /** Default: from the oldest event kept. */
  readonly sinceMs?: number
  /** Default: unlimited while following, else up to now. */
  readonly untilMs?: number
  /** Wait for more events, until `untilMs` or the signal. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

/** The store's event log. It is bounded: the oldest events are dropped. See docs/events.md. */
export interface Events {
  /** Never throws: an event that cannot be written is lost, since what it reports has already happened. */
  append(event: NewEvent): void
  /** In the order written. */
  read(request?: EventsRequest): AsyncIterable<StoreEvent>
}
