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

/** Nanoseconds of `1m30s`, `1.5h`, `0`; undefined if it is none. SPEC: Go time.ParseDuration */
export function parseGoDuration(text: string): number | undefined {
  const [, sign, body = ''] = /^([+-]?)(.*)$/.exec(text) ?? []
  if (body === '0') return 0
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined
  const parts = body.matchAll(/(\d*\.?\d*)(ns|us|µs|μs|ms|s|m|h)/g)
  const total = [...parts].reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_NS[unit] ?? 0), 0)
  return Math.round(sign === '-' ? -total : total)
}
