import type { BuildResult } from '../../engine/index.ts'
import type { BuildOutcome } from '../api/index.ts'

/** The result in the API's format. */
export function outcomeOf(
  result: BuildResult,
  { sizeBytes, isPushed }: { readonly sizeBytes?: number; readonly isPushed: boolean },
): BuildOutcome {
  const digest = result.manifest?.digest
  return {
    ...(result.imageId !== undefined && { imageId: result.imageId }),
    ...(digest !== undefined && { digest }),
    ...(sizeBytes !== undefined && { sizeBytes }),
    platforms: [...result.platforms],
    pushed: isPushed ? result.tags.map((reference) => ({ reference, ...(digest && { digest }) })) : [],
    stepCount: result.stepCount,
    cachedCount: result.cachedCount,
    warnings: result.warnings.map(({ code, message, range }) => ({
      code,
      message,
      ...(range && { line: range.start.line }),
    })),
  }
}
