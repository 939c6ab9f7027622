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
  /** Of the main context, for the build checks. */
  readonly ignorePatterns: readonly string[]
  /** The same is planned for other platforms too. */
  readonly isOneOfSeveral?: boolean
  /** Without it the checks keep to the stages that the target needs. */
  readonly checksAllStages?: boolean
}

export interface Planned {
  readonly plan: BuildPlan
  readonly diagnostics: readonly Diagnostic[]
  /** Base images by the reference that source operations carry. */
  readonly bases: ReadonlyMap<string, FoundBase>
}

export interface Run {
  readonly signal: AbortSignal
  /** Holds the store: until then its images may go away. `take` is that of the store's lock. */
  readonly hold: (take?: LockOptions['take']) => Promise<void>
  /** Called before parsing what no earlier build here has planned: its steps are probably not cached here either. */
  readonly onNewPlan?: () => void
  /** Called in reverse order when the build has ended. */
  readonly defer: (close: () => Promise<void>) => void
}

/** What a build reads before it plans. */
export interface OpenedBuild {
  readonly main: Awaited<ReturnType<typeof openContext>>
  readonly named: Awaited<ReturnType<typeof openNamedContexts>>
  readonly ignore: Awaited<ReturnType<typeof readIgnorePatterns>>
  readonly source: DockerfileText
}

/** Everything that is known before the first step runs. */
export interface PreparedBuild extends OpenedBuild {
  /** The request, with its SOURCE_DATE_EPOCH resolved. */
  readonly request: BuildRequest
  readonly contexts: BuildContexts
  /** One for each platform, in the request's order. */
  readonly targets: readonly PlatformTarget[]
}

/** The plan for one platform. */
export interface PlatformTarget extends Planned {
  readonly platform: Platform
}
