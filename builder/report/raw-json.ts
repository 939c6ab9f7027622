import type { Report, ReportTarget } from './report.ts'

/** Each event as one line of JSON, as it comes. */
export function rawJsonReport(target: ReportTarget): Report {
  return {
    event: (event) => target.write(`${JSON.stringify(event)}\n`),
    end: () => undefined,
  }
}
