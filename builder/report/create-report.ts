import { plainReport } from './plain.ts'
import { rawJsonReport } from './raw-json.ts'
import type { ProgressMode, Report, ReportTarget } from './report.ts'
import { ttyReport } from './tty.ts'

export interface ReportOptions {
  readonly mode: ProgressMode
  readonly target: ReportTarget
  readonly env: Readonly<Record<string, string | undefined>>
}

/** `auto` is live on a terminal and plain elsewhere. */
export function createReport({ mode, target, env }: ReportOptions): Report {
  switch (mode) {
    case 'quiet':
    case 'none':
      return { event: () => undefined, end: () => undefined }
    case 'rawjson':
      return rawJsonReport(target)
    case 'plain':
      return plainReport(target)
    case 'tty':
      return ttyReport(target, env)
    case 'auto':
      return target.isTTY === true && env['TERM'] !== 'dumb' ? ttyReport(target, env) : plainReport(target)
  }
}
