import { type Diagnostic, lintDockerfile, type ParseResult } from '../../parser/index.ts'
import { checkOverride } from '../plan/check-dockerfile.ts'
import type { BuildRequest } from '../request/builder.ts'

/**
 * SPEC: as in BuildKit, checks of the text before the first error are reported, and empty continuation lines come
 * first.
 */
export function checksBeforeMistake(
  { incomplete, diagnostics }: ParseResult,
  { buildArgs = {} }: Pick<BuildRequest, 'buildArgs'>,
): readonly Diagnostic[] {
  const mistake = diagnostics.find(({ severity }) => severity === 'error')
  if (incomplete === undefined || mistake === undefined) return []
  const { findings } = lintDockerfile(incomplete, { ...checkOverride(buildArgs), isIncomplete: true })
  return findings.filter(
    ({ code, range }) => code === 'NoEmptyContinuation' || range.start.line < mistake.range.start.line,
  )
}
