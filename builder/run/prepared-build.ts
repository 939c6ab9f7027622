import type { Platform } from '../../image-spec/index.ts'
import type { BaseImages, FoundBase } from '../../images/index.ts'
import type { LockOptions } from '../../layer-store/index.ts'
import type { Diagnostic } from '../../parser/index.ts'
import type { BuildContexts } from '../context/build-contexts.ts'
import type { openNamedContexts } from '../context/named-contexts.ts'
import type { openContext } from '../context/open-context.ts'
import type { DockerfileText, readIgnorePatterns } from '../context/read-dockerfile.ts'
import type { BuildPlan, NamedContext } from '../plan/graph/build-plan.ts'
import type { BuildRequest } from '../request/builder.ts'
export interface PlanInputs {
  readonly request: BuildRequest
  readonly source: DockerfileText
  readonly namedContexts: Readonly<Record<string, NamedContext>>
  readonly baseImages: BaseImages
  /** Ignore patterns of the build context, for the build checks. */
  readonly ignorePatterns: readonly string[]
  /** The Dockerfile is planned for other platforms, too. */
  readonly isOneOfSeveral?: boolean
  /** Check all stages instead of those that the target needs. */
  readonly checksAllStages?: boolean
}

export interface Planned {
  readonly plan: BuildPlan
  readonly diagnostics: readonly Diagnostic[]
  /** Base images by the reference in source operations. */
  readonly bases: ReadonlyMap<string, FoundBase>
}

export interface Run {
  readonly signal: AbortSignal
  /** Locks the store; before that, its images may be removed. `take` is passed to the lock. */
  readonly hold: (take?: LockOptions['take']) => Promise<void>
  /** Called before parsing a file that was not planned here before: its steps are probably not cached here either. */
  readonly onNewPlan?: () => void
  /** Registers a function to call at the end of the build, in reverse order. */
  readonly defer: (close: () => Promise<void>) => void
}

/** What a build reads before planning. */
export interface OpenedBuild {
  readonly main: Awaited<ReturnType<typeof openContext>>
  readonly named: Awaited<ReturnType<typeof openNamedContexts>>
  readonly ignore: Awaited<ReturnType<typeof readIgnorePatterns>>
  readonly source: DockerfileText
}

/** Everything known before the first step runs. */
export interface PreparedBuild extends OpenedBuild {
  /** The request, with SOURCE_DATE_EPOCH resolved. */
  readonly request: BuildRequest
  readonly contexts: BuildContexts
  /** One per platform, in the request's order. */
  readonly targets: readonly PlatformTarget[]
}

/** The plan for one platform. */
export interface PlatformTarget extends Planned {
  readonly platform: Platform
}
