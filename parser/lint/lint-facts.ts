/** What only the build around a Dockerfile knows. Rules that lack a fact keep silent. */
export interface LintFacts {
  /** Values of `--build-arg`. */
  readonly buildArgs?: Readonly<Record<string, string>>
  /** For `TARGETPLATFORM` and the other platform arguments; default linux/amd64. */
  readonly platformArgs?: Readonly<Record<string, string>>
  /** Patterns of the ignore file in force, as parseIgnoreFile() gives them. */
  readonly ignorePatterns?: readonly string[]
  /**
   * The image of a stage's FROM for its `--platform`, where it is known. Never requested for stages built on stages, nor for
   * scratch.
   */
  readonly baseImage?: (reference: string, platform: string | undefined) => BaseImageFacts | undefined
  /** Overrides `# check=`, as the build argument BUILDKIT_DOCKERFILE_CHECK does. */
  readonly check?: string
  /**
   * The stage that is built, empty for the last: checks of what a stage does keep to the stages it needs. Without it
   * they look at all.
   */
  readonly target?: string
  /** Something of the file could not be read: only checks of single instructions are made. */
  readonly isIncomplete?: boolean
}

export interface BaseImageFacts {
  readonly env: Readonly<Record<string, string>>
  /** Whether its config names a SHELL. */
  readonly hasShell: boolean
  /** Its ONBUILD instructions. */
  readonly triggers?: readonly string[]
  /** `linux/arm64`: what the image is, and what the build asked for. */
  readonly platform?: string
  readonly wantedPlatform?: string
}
