/** What only the build around a Dockerfile knows. Rules that lack a fact report nothing. */
export interface LintFacts {
  /** Values of `--build-arg`. */
  readonly buildArgs?: Readonly<Record<string, string>>
  /** For `TARGETPLATFORM` and the other platform arguments; default linux/amd64. */
  readonly platformArgs?: Readonly<Record<string, string>>
  /** Patterns of the ignore file in effect, from parseIgnoreFile(). */
  readonly ignorePatterns?: readonly string[]
  /**
   * The image of a stage's FROM for its `--platform`, if known. Not called for stages built on stages, nor for scratch.
   */
  readonly baseImage?: (reference: string, platform: string | undefined) => BaseImageFacts | undefined
  /** Overrides `# check=`, like the build argument BUILDKIT_DOCKERFILE_CHECK. */
  readonly check?: string
  /**
   * The stage to build, empty for the last one: checks of a stage's steps are limited to the stages it needs. If
   * absent, all stages are checked.
   */
  readonly target?: string
  /** Part of the file could not be parsed: only checks of single instructions are run. */
  readonly isIncomplete?: boolean
}

export interface BaseImageFacts {
  readonly env: Readonly<Record<string, string>>
  /** Whether its configuration has a SHELL. */
  readonly hasShell: boolean
  /** Its ONBUILD instructions. */
  readonly triggers?: readonly string[]
  /** `linux/arm64`: the image's platform, and the requested one. */
  readonly platform?: string
  readonly wantedPlatform?: string
}
