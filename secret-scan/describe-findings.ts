import type { ScanReport } from './scan-image.ts'

const SHOWN = 10

/** One line for each of the first findings, and the number of further ones. */
export function describeFindings({ findings, findingCount }: ScanReport): readonly string[] {
  const lines = findings
    .slice(0, SHOWN)
    .map(({ location, offset, what }) => `${what} is in ${location}, byte ${offset}`)
  const more = findingCount - lines.length
  return more > 0 ? [...lines, `${more} more secrets were found`] : lines
}
