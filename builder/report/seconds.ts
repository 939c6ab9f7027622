export function seconds(ms: number, digits: number): string {
  return (Math.max(0, ms) / 1000).toFixed(digits)
}
