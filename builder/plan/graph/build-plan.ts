import type { ContainerConfig, HistoryEntry, ImageConfig, Platform } from '../../../image-spec/index.ts'
import type { Diagnostic, Dockerfile, SourceRange } from '../../../parser/index.ts'
import type { Node } from './operation.ts'

export interface PlanRequest {
  readonly dockerfile: Dockerfile
  readonly target?: string
  /** Every stage is planned, whether the target needs it or not, and so is every mistake found. */
  readonly plansAllStages?: boolean
  readonly buildArgs: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly buildPlatform: Platform
  readonly targetPlatform: Platform
  /** The platform was requested: the image has it, whatever its base has. */
  readonly isTargetPlatformGiven?: boolean
  /** Step names contain the platform: the same Dockerfile is planned for others next to it. */
  readonly isOneOfSeveral?: boolean
  readonly network: 'default' | 'none' | 'host'
  readonly noCache: boolean
  readonly noCacheFilter: readonly string[]
  /** Names given with --build-context, and what they are. */
  readonly namedContexts: Readonly<Record<string, NamedContext>>
  readonly sourceDateEpoch?: number
}

export type NamedContext =
  | { readonly kind: 'local' }
  /** A layout is named by its path and digest. */
  | { readonly kind: 'image'; readonly reference: string; readonly isLayout?: true }
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'http'; readonly url: string }

/** A base image that planning has to know before it can go on. */
export interface BaseNeed {
  /** As written, after expansion. */
  readonly reference: string
  readonly platform: Platform
  readonly range: SourceRange
  /** A stage whose name is close, for the hint if there is no such image. */
  readonly suggestion?: string
}

/** What was found for a base. `key` is its identity in the graph, such as the reference with its digest. */
export interface ResolvedBase {
  readonly config: ImageConfig
  readonly key: string
}

/** Pure and total: the caller resolves what is needed and asks again, until it is planned or refused. */
export type PlanResult =
  | { readonly kind: 'needs'; readonly bases: readonly BaseNeed[] }
  | { readonly kind: 'planned'; readonly plan: BuildPlan; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }

/** Key under which a resolved base is given: `reference platform`, made by `baseKey()`. */
export type Bases = ReadonlyMap<string, ResolvedBase>

export interface BuildPlan {
  /** The filesystem of the target; a scratch source if nothing was ever written. */
  readonly result: Node
  /** Every node that the target needs, inputs before users, equal nodes once. */
  readonly nodes: readonly Node[]
  readonly image: PlannedImage
  /** Proxy variables given as build arguments, `NAME=value`: for every step to see, in no digest. */
  readonly proxyEnvironment: readonly string[]
}

/** The image apart from what running decides (diff ids, times). */
export interface PlannedImage extends Platform {
  readonly author?: string
  readonly config: ContainerConfig
  /** Of the base, as it is in its configuration. */
  readonly baseHistory: readonly HistoryEntry[]
  /** For layers of the base that its history does not have. */
  readonly baseTitle: string
  /** One for each instruction of the target's own stages, in order. */
  readonly history: readonly PlannedHistory[]
}

export interface PlannedHistory {
  readonly createdBy: string
  readonly comment: string
  readonly author?: string
  /** The node whose layer this is; absent: an empty layer. */
  readonly node?: Node
}
