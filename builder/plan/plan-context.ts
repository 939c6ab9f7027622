import type { ContainerConfig, HistoryEntry, Platform } from '../../image-spec/index.ts'
import type { SourceRange } from '../../parser/index.ts'
import type { Expander } from './expand-text.ts'
import type { Bases, PlannedHistory, PlanRequest } from './graph/build-plan.ts'
import type { NodeRequest, NodeTable } from './graph/node-table.ts'
import type { Node } from './graph/operation.ts'
import type { Problems } from './problems.ts'
import type { StageScope, Variables } from './scope.ts'
import type { StageTable } from './stages/stage-table.ts'

/** State common to the planning of all stages. */
export interface PlanContext {
  readonly request: PlanRequest
  readonly bases: Bases
  readonly problems: Problems
  readonly nodes: NodeTable
  readonly globals: Variables
  readonly stages: StageTable
  /** Sources read by many steps, by name, so that each is created once. */
  readonly sources: Map<string, Node>
  /** Stages planned so far, by index. */
  readonly finished: Map<number, StageDraft>
}

/** The configuration without the fields that a stage keeps as maps while it is planned. */
export type ConfigDraft = { -readonly [Field in keyof Omit<ContainerConfig, 'Env' | 'Labels'>]: ContainerConfig[Field] }

/** A stage during planning: each instruction changes it. */
export interface StageDraft {
  /** Name in step names; undefined in a file with a single stage. */
  readonly displayName: string | undefined
  readonly platform: Platform
  readonly scope: StageScope
  readonly config: ConfigDraft
  /** The image's variables; a changed one keeps its position. */
  readonly env: Map<string, string>
  readonly labels: Map<string, string>
  readonly baseHistory: readonly HistoryEntry[]
  readonly baseTitle: string
  readonly history: PlannedHistory[]
  readonly ignoreCache: boolean
  readonly stepCount: number
  stepsDone: number
  /** The filesystem so far; undefined if nothing was written. */
  node: Node | undefined
  author: string | undefined
  architecture: Platform
  /** This stage has a CMD, which a later ENTRYPOINT keeps. */
  hasOwnCmd: boolean
  /** Source range for the ONBUILD trigger being planned; undefined for the stage's own instructions. */
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

/** Expands with the stage's current variables. */
export function expanderOf(stage: StageDraft, plan: PlanContext): Expander {
  return { variables: stage.scope.variables, escape: plan.request.dockerfile.escape, problems: plan.problems }
}

/** Shell arguments that precede the text of shell-form commands. */
export function shellOf(stage: Pick<StageDraft, 'config'>): readonly string[] {
  const { Shell: shell } = stage.config
  return shell && shell.length > 0 ? shell : ['/bin/sh', '-c']
}
