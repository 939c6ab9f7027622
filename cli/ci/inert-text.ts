import { randomUUID } from 'node:crypto'
import type { ReportTarget } from '../../builder/index.ts'
import type { Io } from '../command.ts'
import { ciSystem } from './ci-system.ts'

/**
 * SECURITY: text of a Dockerfile, a step or a registry, which GitHub must not read as workflow commands.
 * SPEC: actions/runner, ActionCommand: `::` at the start of a line; the older `##[` anywhere.
 */
export function inertText(text: string, env: Io['env']): string {
  if (ciSystem(env) !== 'github' || !/^\s*::|##\[/m.test(text)) return text
  const token = randomUUID()
  return `::stop-commands::${token}\n${text}${text.endsWith('\n') ? '' : '\n'}::${token}::\n`
}

/** Standard error for progress outside a group of the log. */
export function inertTarget({ stderr, env }: Pick<Io, 'stderr' | 'env'>): ReportTarget {
  return ciSystem(env) === 'github' ? { write: (text) => stderr.write(inertText(text, env)) } : stderr
}
