const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/** SPEC: Go keeps a duration in 64 bits. */
const MAX_NS = 2 ** 63

/** Parses a duration in Go's notation (`1m30s`, `1.5h`, `-2s`, `0`) to nanoseconds; undefined if it is invalid. */
export function parseGoDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1
  const rest = text.replace(/^[-+]/, '')
  if (rest === '0') return 0
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y
  let total = 0
  while (part.lastIndex < rest.length) {
    const match = part.exec(rest)
    if (match === null) return undefined
    total += Number(match[1]) * (UNIT_NS[match[2] ?? ''] ?? 0)
  }
  return rest === '' || total > MAX_NS ? undefined : sign * total
}

/** Parses a non-negative duration to milliseconds; supports `d` for days in addition to Go's units. */
export function parseDurationMs(text: string): number | undefined {
  if (/^[-+]/.test(text)) return undefined
  const ns = parseGoDuration(text.replace(/(\d+(?:\.\d+)?)d/g, (_, days: string) => `${Number(days) * 24}h`))
  return ns === undefined ? undefined : ns / 1e6
}

/** Prints nanoseconds: `1m30s`, `1.5s`, `250ms`, `0s`. SPEC: Go time.Duration.String */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e3) return `${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${decimal(nanoseconds, 1e3)}µs`
  if (nanoseconds < 1e9) return `${decimal(nanoseconds, 1e6)}ms`
  const minutes = Math.floor(nanoseconds / 60e9)
  const seconds = `${decimal(nanoseconds - minutes * 60e9, 1e9)}s`
  if (minutes === 0) return seconds
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`
}

function decimal(value: number, unit: number): string {
  const digits = Math.round(Math.log10(unit))
  const fraction = String(value % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '')
  return fraction === '' ? String(Math.floor(value / unit)) : `${Math.floor(value / unit)}.${fraction}`
}
