import type { ContainerConfig } from '../../layer-store/index.ts'
import { baseKey } from './base-key.ts'
import { listFlags } from './flags.ts'
import { nameOfEntry, withEnv } from './image-settings.ts'
import { applyInstruction, isStep } from './instruction-table.ts'
import { fromOfMount } from './mount-fields.ts'
import type { Node } from './operation.ts'
import { imageNode, nodeOfOrigin } from './origin-node.ts'
import type { ConfigDraft, PlanContext, StageDraft } from './plan-context.ts'
import type { ReachedStage } from './reach.ts'
import { namesIn } from './reach.ts'
import { setVariable } from './scope.ts'
import type { StageEntry } from './stage-table.ts'
import { stepName } from './step-name.ts'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Plans a stage whose origins are planned and whose bases are known. */
export function planStage(reached: ReachedStage, plan: PlanContext): StageDraft {
  const stage = openStage(reached, plan)
  if (reached.entry.isReplaced) return stage
  for (const { instruction, place } of reached.triggers) {
    stage.triggerPlace = place
    plan.problems.within(place, () => applyInstruction(instruction, stage, plan))
  }
  stage.triggerPlace = undefined
  for (const instruction of reached.entry.stage.instructions) applyInstruction(instruction, stage, plan)
  return stage
}

/** The stage right after FROM. */
function openStage({ entry, triggers }: ReachedStage, plan: PlanContext): StageDraft {
  const instructions = [...triggers.map(({ instruction }) => instruction), ...entry.stage.instructions]
  const steps = entry.isReplaced ? 0 : instructions.filter(isStep).length
  const base = baseOf(entry, plan)
  const config: ConfigDraft = { ...base.config }
  delete config.OnBuild // triggers have been taken up by now and are not passed on
  if (!(config.Env ?? []).some((variable) => nameOfEntry(variable) === 'PATH')) {
    config.Env = withEnv(config.Env ?? [], 'PATH', DEFAULT_PATH)
  }
  const scope = { variables: new Map(base.variables), declared: new Map<string, string>() }
  for (const variable of config.Env ?? []) {
    const name = nameOfEntry(variable)
    setVariable(scope, name, variable.slice(name.length + 1))
  }
  const stage: StageDraft = {
    index: entry.index,
    displayName: displayName(entry, plan),
    platform: base.platform,
    scope,
    config,
    baseHistory: base.baseHistory,
    history: [...base.history],
    ignoreCache: ignoresCache(entry, plan),
    stepCount: steps + (entry.base?.kind === 'image' ? 1 : 0),
    stepsDone: 0,
    node: undefined,
    author: base.author,
    architecture: base.architecture,
    hasOwnCmd: false,
    triggerPlace: undefined,
  }
  stage.node = baseNode(stage, entry, plan)
  return stage
}

type BaseState = Pick<StageDraft, 'platform' | 'baseHistory' | 'history' | 'author' | 'architecture'> & {
  readonly config: ContainerConfig
  readonly variables: ReadonlyMap<string, string>
}

function baseOf(entry: StageEntry, plan: PlanContext): BaseState {
  const { base, platform } = entry
  if (base?.kind === 'stage') {
    const parent = plan.finished.get(base.index)
    if (parent) return { ...parent, variables: parent.scope.variables }
  }
  const found = base?.kind === 'image' ? plan.bases.get(baseKey({ reference: base.reference, platform })) : undefined
  const nothing = { platform, history: [], variables: new Map<string, string>() }
  if (!found) {
    const config = { WorkingDir: '/', Env: [`PATH=${DEFAULT_PATH}`] }
    return { ...nothing, config, baseHistory: [], author: undefined, architecture: platform }
  }
  const { config, history, author, os, architecture, variant } = found.config
  return {
    ...nothing,
    config: config ?? {},
    baseHistory: history ?? [],
    author,
    architecture: { os, architecture, ...(variant !== undefined && { variant }) },
  }
}

function baseNode(stage: StageDraft, entry: StageEntry, plan: PlanContext): Node | undefined {
  const { base, platform } = entry
  const range = entry.stage.from.range
  if (base === undefined || base.kind === 'scratch') return undefined
  if (base.kind === 'stage') return plan.finished.get(base.index)?.node
  if (base.kind === 'context') return nodeOfOrigin(base, { platform, range }, plan)
  return imageNode(base.reference, { platform, plan, name: stepName(stage, `FROM ${base.reference}`), range })
}

/** SPEC: a file of one stage shows no stage name, unless it reads from another image or uses a cache, as in BuildKit. */
function displayName({ stage, index }: StageEntry, plan: PlanContext): string | undefined {
  const { entries } = plan.stages
  const isAlone = entries.length === 1 && !stage.instructions.some((instruction) => namesIn(instruction).length > 0)
  const usesCache = stage.instructions.some(
    (instruction) =>
      instruction.kind === 'run' && listFlags(instruction, 'mount').some(({ value }) => fromOfMount(value).isCache),
  )
  return isAlone && !usesCache ? undefined : (stage.name ?? `stage-${index}`)
}

function ignoresCache({ stage, index }: StageEntry, { request }: PlanContext): boolean {
  if (request.noCache) return true
  const names = request.noCacheFilter.map((name) => name.toLowerCase())
  return names.includes(stage.name ?? `stage-${index}`)
}
