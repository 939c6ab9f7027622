import type { ContainerConfig, HistoryEntry, ImageConfig, Platform } from '../../../image-spec/index.ts'
import type { Diagnostic, Dockerfile, SourceRange } from '../../../parser/index.ts'
import type { Node } from './operation.ts'

export interface PlanRequest {
  readonly dockerfile: Dockerfile
  readonly target?: string
  /** Plan every stage, whether the target needs it or not, to find every error. */
  readonly plansAllStages?: boolean
  readonly buildArgs: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly buildPlatform: Platform
  readonly targetPlatform: Platform
  /** The platform was requested: the image gets it, whatever platform its base has. */
  readonly isTargetPlatformGiven?: boolean
  /** The Dockerfile is planned for several platforms: step names include the platform. */
  readonly isOneOfSeveral?: boolean
  readonly network: 'default' | 'none' | 'host'
  readonly noCache: boolean
  readonly noCacheFilter: readonly string[]
  /** Named contexts from --build-context. */
  readonly namedContexts: Readonly<Record<string, NamedContext>>
  readonly sourceDateEpoch?: number
}

export type NamedContext =
  | { readonly kind: 'local' }
  /** A layout is referenced by path and digest. */
  | { readonly kind: 'image'; readonly reference: string; readonly isLayout?: true }
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'http'; readonly url: string }

/** A base image whose configuration planning needs before it can continue. */
export interface BaseNeed {
  /** As written, after expansion. */
  readonly reference: string
  readonly platform: Platform
  readonly range: SourceRange
  /** A stage with a similar name, for the hint if the image does not exist. */
  readonly suggestion?: string
}

/** A resolved base. `key` is its identity in the graph, such as the reference with its digest. */
export interface ResolvedBase {
  readonly config: ImageConfig
  readonly key: string
}

/** Pure and total: the caller resolves the bases needed and calls again, until the build is planned or refused. */
export type PlanResult =
  | { readonly kind: 'needs'; readonly bases: readonly BaseNeed[] }
  | { readonly kind: 'planned'; readonly plan: BuildPlan; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }

/** Resolved bases by `baseKey()`: `reference platform`. */
export type Bases = ReadonlyMap<string, ResolvedBase>

export interface BuildPlan {
  /** The filesystem of the target; a scratch source if nothing was written. */
  readonly result: Node
  /** Every node that the target needs, inputs before users, without duplicates. */
  readonly nodes: readonly Node[]
  readonly image: PlannedImage
  /** Proxy variables given as build arguments, `NAME=value`: visible to every step, in no digest. */
  readonly proxyEnvironment: readonly string[]
}

/** The image configuration without what running determines (diff IDs, times). */
export interface PlannedImage extends Platform {
  readonly author?: string
  readonly config: ContainerConfig
  /** History of the base, as in its configuration. */
  readonly baseHistory: readonly HistoryEntry[]
  /** Title for layers of the base that are missing from its history. */
  readonly baseTitle: string
  /** One entry per instruction of the target and of stages it is built on, in order. */
  readonly history: readonly PlannedHistory[]
}

export interface PlannedHistory {
  readonly createdBy: string
  readonly comment: string
  readonly author?: string
  /** The node that created this layer; absent for an empty layer. */
  readonly node?: Node
}
