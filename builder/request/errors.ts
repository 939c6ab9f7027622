import { CodedError, type ErrorDetails } from '../../errors/index.ts'
import type { Diagnostic, SourceRange } from '../../parser/index.ts'

export type BuildErrorCode =
  | 'BUILD_REFUSED'
  | 'BUILD_RUN_FAILED'
  | 'BUILD_FILE_MISSING'
  | 'BUILD_BASE_UNRESOLVED'
  | 'BUILD_CONTEXT_MISSING'
  | 'BUILD_CONTEXT_BAD'
  | 'BUILD_DOCKERFILE_MISSING'
  | 'BUILD_SECRET_MISSING'
  | 'BUILD_SECRET_FOUND'
  | 'BUILD_NOT_SUPPORTED'
  | 'BUILD_CANCELLED'
  | 'BUILD_GIT_FAILED'
  | 'BUILD_GIT_DENIED'
  | 'BUILD_DOWNLOAD_FAILED'
  | 'BUILD_OUTPUT_FAILED'

/** A build that failed. Keeps the source range, so that the excerpt is printed at any depth. */
export class BuildError extends CodedError<BuildErrorCode> {
  override readonly name = 'BuildError'
  readonly range: SourceRange | undefined
  /** Exit code of a failed command. */
  readonly exitCode: number | undefined
  /** Errors of the parser or planner. */
  readonly diagnostics: readonly Diagnostic[]
  /** What was found before the build failed. */
  readonly warnings: readonly Diagnostic[]
  /** The named text that ranges refer to. */
  source: { readonly name: string; readonly text: string } | undefined

  constructor(code: BuildErrorCode, message: string, more: BuildErrorDetails = {}) {
    super(code, message, more)
    this.range = more.range
    this.exitCode = more.exitCode
    this.diagnostics = more.diagnostics ?? []
    this.warnings = more.warnings ?? []
    this.source = more.source
  }
}

export interface BuildErrorDetails extends ErrorDetails {
  readonly range?: SourceRange | undefined
  readonly exitCode?: number
  readonly diagnostics?: readonly Diagnostic[]
  readonly warnings?: readonly Diagnostic[]
  readonly source?: { readonly name: string; readonly text: string }
}
