import type { LogSpec } from '../contract/run-spec.ts'

/** As in `config.json`; the default driver is `json-file`. */
export type LogSettings = LogSpec & { readonly maxFiles: number }

/** SPEC: docker's `local` driver. */
const LOCAL = { maxSizeBytes: 20e6, maxFiles: 5 } as const

export function logSettings(spec: LogSpec = {}): LogSettings {
  if (spec.driver === 'local') return { ...LOCAL, ...spec }
  return { ...spec, maxFiles: spec.maxFiles ?? 1 }
}

/** Limits for the supervisor. */
export function logLimits({ maxSizeBytes, maxFiles }: LogSettings) {
  return { ...(maxSizeBytes !== undefined && { maxSizeBytes }), maxFiles }
}
