import { plainReport } from './plain.ts'
import { quietReport } from './quiet.ts'
import { rawJsonReport } from './raw-json.ts'
import type { ProgressMode, Report, ReportTarget } from './report.ts'

export interface ReportOptions {
  readonly mode: ProgressMode
  readonly target: ReportTarget
  readonly env: Readonly<Record<string, string | undefined>>
  /** Verb at the top of the live view, such as `Pulling` (default `Building`). */
  readonly verb?: string
}

/** `auto` is live on a terminal and plain otherwise. */
export async function createReport(options: ReportOptions): Promise<Report> {
  const { mode, target, env } = options
  switch (mode) {
    case 'quiet':
      return quietReport(target)
    case 'none':
      return { event: () => undefined, end: () => undefined }
    case 'rawjson':
      return rawJsonReport(target)
    case 'plain':
      return plainReport(target)
    case 'tty':
      return openTty(options)
    case 'auto':
      return target.isTTY === true && env['TERM'] !== 'dumb' ? openTty(options) : plainReport(target)
  }
}

/** Loaded only on a terminal, to save start-up time. */
async function openTty({ target, env, verb }: ReportOptions): Promise<Report> {
  const { ttyReport } = await import('./tty.ts')
  return ttyReport(target, env, verb)
}
