const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Formats sizes as docker does: powers of 1000, three digits (four for disk usage), such as `4.26MB`. */
export function humanSize(bytes: number, digits = 3): string {
  const { value, unit } = scaled(bytes)
  return `${Number(value.toPrecision(digits))}${unit}`
}

/** Two decimals always, so that counters do not jump: `12.30MB`. */
export function steadySize(bytes: number): string {
  const { value, unit } = scaled(bytes)
  return unit === 'B' ? `${value}B` : `${value.toFixed(2)}${unit}`
}

function scaled(bytes: number): { value: number; unit: string } {
  let value = bytes
  let index = 0
  while (Math.abs(value) >= 1000 && index < UNITS.length - 1) {
    value /= 1000
    index += 1
  }
  return { value, unit: UNITS[index] ?? 'B' }
}
