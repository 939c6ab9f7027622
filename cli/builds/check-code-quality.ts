import { createHash } from 'node:crypto'
import type { DockerfileDescription } from '../../builder/index.ts'

/** SPEC: GitLab's code quality report: docs.gitlab.com/ci/testing/code_quality, implement a custom tool. */
export function checkCodeQuality({ diagnostics, source }: DockerfileDescription): unknown {
  const seen = new Map<string, number>()
  return diagnostics.map(({ code, severity, message, range }) => {
    const identity = JSON.stringify([source.name, code, message])
    const count = seen.get(identity) ?? 0
    seen.set(identity, count + 1)
    return {
      description: message,
      check_name: code,
      // Excludes the line, so that a finding that moves keeps its identity.
      fingerprint: createHash('sha256').update(`${identity}${count}`).digest('hex'),
      severity: severity === 'error' ? 'major' : 'minor',
      location: { path: source.name, lines: { begin: range.start.line, end: range.end.line } },
    }
  })
}
