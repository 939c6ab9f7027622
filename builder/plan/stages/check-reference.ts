import { ImageSpecError, parseReference } from '../../../image-spec/index.ts'
import type { SourceRange } from '../../../parser/index.ts'
import type { Problems } from '../problems.ts'
import type { FileOrigin } from './file-origin.ts'

/** SPEC: BuildKit validates the references of all stages, needed or not. */
export function checkReference(
  { reference, suggestion }: Extract<FileOrigin, { kind: 'image' }>,
  range: SourceRange,
  problems: Problems,
): void {
  try {
    parseReference(reference)
  } catch (error) {
    if (!(error instanceof ImageSpecError)) throw error
    const hint =
      suggestion === undefined ? (error.hint ?? hintFor(reference)) : `Did you mean the stage "${suggestion}"?`
    const message = `Cannot use base image "${reference}": ${error.message}`
    problems.error({ code: 'PLAN_BASE_INVALID', range, message, hint })
  }
}

function hintFor(reference: string): string | undefined {
  if (!reference.endsWith(':')) return undefined
  return 'Write a tag, or give its variable a value: a default for an ARG above the first FROM, or --build-arg'
}
