import { randomUUID } from 'node:crypto'
import type { CiSystem } from './ci-system.ts'

export interface LogGroup {
  readonly start: string
  readonly end: string
}

/**
 * Text before and after the progress output that makes it a group of the log. SECURITY: within it GitHub ignores
 * workflow commands, which a RUN step could print (test/cli/ci/ci-output.test.ts).
 */
export function logGroup(system: CiSystem, title: string): LogGroup {
  if (system === 'github') {
    const token = randomUUID()
    return { start: `::group::${title}\n::stop-commands::${token}\n`, end: `::${token}::\n::endgroup::\n` }
  }
  const section = `tsbuild_${randomUUID().slice(0, 8)}`
  const mark = (kind: string) => `\x1b[0Ksection_${kind}:${Math.floor(Date.now() / 1000)}:${section}\r\x1b[0K`
  return { start: `${mark('start')}${title}\n`, end: `${mark('end')}\n` }
}
