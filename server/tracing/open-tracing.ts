import type { Logger } from 'pino'
import type { ServerConfig } from '../config/config.ts'
import type { Tracing } from './tracing.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Undefined unless an endpoint is configured: by the setting, or by the variables of OpenTelemetry, which also set
 * headers, timeouts and the service name.
 */
export async function openTracing({ tracing }: ServerConfig, env: Env, logger: Logger): Promise<Tracing | undefined> {
  const base = tracing.otlpEndpoint ?? env['OTEL_EXPORTER_OTLP_ENDPOINT']
  const isNamed = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] !== undefined
  if ((base === undefined && !isNamed) || env['OTEL_SDK_DISABLED'] === 'true') return undefined
  // Loaded only here: most servers have no collector.
  const [api, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ])
  api.diag.setLogger(
    { ...quiet, error: (text) => logger.warn({ text }, 'traces'), warn: (text) => logger.warn({ text }, 'traces') },
    api.DiagLogLevel.WARN,
  )
  const url = base === undefined || isNamed ? {} : { url: `${base.replace(/\/$/, '')}/v1/traces` }
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': env['OTEL_SERVICE_NAME'] ?? 'tsbuild-server' }),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter(url), { scheduledDelayMillis: 2000 })],
  })
  const tracer = provider.getTracer('tsbuild')
  return {
    start: (name, { parent, startMs, attributes } = {}) => {
      const context = parseTraceparent(parent)
      const around = context ? api.trace.setSpanContext(api.ROOT_CONTEXT, context) : api.ROOT_CONTEXT
      const options = { ...(startMs !== undefined && { startTime: startMs }), ...(attributes && { attributes }) }
      const span = tracer.startSpan(name, options, around)
      const { traceId, spanId } = span.spanContext()
      return {
        traceparent: `00-${traceId}-${spanId}-01`,
        end: ({ attributes: more, failure, endMs } = {}) => {
          if (more !== undefined) span.setAttributes(more)
          if (failure !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: failure })
          span.end(endMs)
        },
      }
    },
    close: () => provider.shutdown().catch((error: Error) => logger.warn({ err: error }, 'traces were lost')),
  }
}

const quiet = { info: () => undefined, debug: () => undefined, verbose: () => undefined }

function parseTraceparent(text: string | undefined) {
  const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(text ?? '') ?? []
  if (traceId === undefined || spanId === undefined) return undefined
  return { traceId, spanId, traceFlags: 1, isRemote: true }
}
