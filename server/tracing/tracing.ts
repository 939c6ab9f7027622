/** OpenTelemetry traces, as far as the server needs them: code that records spans does not depend on the SDK. */
export interface Tracing {
  start(name: string, options?: SpanOptions): OpenSpan
  /** Sends pending spans. */
  close(): Promise<void>
}

export interface SpanOptions {
  /** `traceparent` of the span that caused it, in this process or another. */
  readonly parent?: string | undefined
  readonly startMs?: number
  readonly attributes?: Attributes
}

export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface OpenSpan {
  /** SPEC: W3C Trace Context. */
  readonly traceparent: string
  end(how?: { readonly attributes?: Attributes; readonly failure?: string; readonly endMs?: number }): void
}
