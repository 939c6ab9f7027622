import type { ContainerConfig, HistoryEntry, Platform } from '../../image-spec/index.ts'
import type { SourceRange } from '../../parser/index.ts'
import type { Expander } from './expand-text.ts'
import type { Bases, PlannedHistory, PlanRequest } from './graph/build-plan.ts'
import type { NodeRequest, NodeTable } from './graph/node-table.ts'
import type { Node } from './graph/operation.ts'
import type { Problems } from './problems.ts'
import type { StageScope, Variables } from './scope.ts'
import type { StageTable } from './stages/stage-table.ts'

/** What planning of every stage shares. */
export interface PlanContext {
  readonly request: PlanRequest
  readonly bases: Bases
  readonly problems: Problems
  readonly nodes: NodeTable
  readonly globals: Variables
  readonly stages: StageTable
  /** Sources that many steps read, by name, so that they are made once. */
  readonly sources: Map<string, Node>
  /** Stages planned so far, by index. */
  readonly finished: Map<number, StageDraft>
}

/** The configuration apart from what a stage keeps as maps while it grows. */
export type ConfigDraft = { -readonly [Field in keyof Omit<ContainerConfig, 'Env' | 'Labels'>]: ContainerConfig[Field] }

/** A stage as far as it is planned: each instruction changes it. */
export interface StageDraft {
  /** As step names show it; undefined in a file of a single stage. */
  readonly displayName: string | undefined
  readonly platform: Platform
  readonly scope: StageScope
  readonly config: ConfigDraft
  /** The image's variables; one that changes keeps its place. */
  readonly env: Map<string, string>
  readonly labels: Map<string, string>
  readonly baseHistory: readonly HistoryEntry[]
  readonly baseTitle: string
  readonly history: PlannedHistory[]
  readonly ignoreCache: boolean
  readonly stepCount: number
  stepsDone: number
  /** The filesystem so far; undefined: nothing was ever written. */
  node: Node | undefined
  author: string | undefined
  architecture: Platform
  /** CMD stood in this stage: a later ENTRYPOINT keeps it. */
  hasOwnCmd: boolean
  /** Where the trigger of a base that is being planned belongs; undefined for the stage's own instructions. */
  triggerPlace: SourceRange | undefined
}

/** The stage's filesystem as an input: an empty one if nothing was written. */
export function filesystemOf(stage: Pick<StageDraft, 'node'>, plan: PlanContext): Node {
  return stage.node ?? scratchNode(plan)
}

export function scratchNode(plan: PlanContext): Node {
  return sourceOnce('scratch', { operation: { kind: 'source', source: 'scratch' }, inputs: [], name: 'scratch' }, plan)
}

export function sourceOnce(key: string, request: NodeRequest, { sources, nodes }: PlanContext): Node {
  const node = sources.get(key) ?? nodes.add(request)
  sources.set(key, node)
  return node
}

/** Expansion with the stage's variables as they are now. */
export function expanderOf(stage: StageDraft, plan: PlanContext): Expander {
  return { variables: stage.scope.variables, escape: plan.request.dockerfile.escape, problems: plan.problems }
}

/** Arguments before the text of shell-form commands. */
export function shellOf(stage: Pick<StageDraft, 'config'>): readonly string[] {
  const { Shell: shell } = stage.config
  return shell && shell.length > 0 ? shell : ['/bin/sh', '-c']
}
