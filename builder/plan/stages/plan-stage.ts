import { posix } from 'node:path'
import type { Platform } from '../../../image-spec/index.ts'
import { formatPlatform, present } from '../../../image-spec/index.ts'
import { splitEntry } from '../../../notation/index.ts'
import type { StageInstruction } from '../../../parser/index.ts'
import { baseKey } from '../graph/base-key.ts'
import type { Node } from '../graph/operation.ts'
import { listFlags } from '../instructions/flags.ts'
import { applyInstruction, isStep } from '../instructions/instruction-table.ts'
import { stepName } from '../instructions/step-name.ts'
import type { ConfigDraft, PlanContext, StageDraft } from '../plan-context.ts'
import { createStageScope, type StageScope, setVariable } from '../scope.ts'
import { contextTitle, filesystemOfContext, fromTitle, fullReference, imageNode } from './origin-node.ts'
import type { ReachedStage } from './reach.ts'
import { namesIn } from './reach.ts'
import type { StageEntry } from './stage-table.ts'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Plans a stage whose origins are planned and whose bases are resolved. */
export function planStage(reached: ReachedStage, plan: PlanContext): StageDraft {
  const stage = openStage(reached, plan)
  if (reached.entry.isReplaced) return stage
  for (const { instruction, range } of reached.triggers) {
    stage.triggerPlace = range
    plan.problems.within(range, () => applyInstruction(instruction, stage, plan))
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
  if (config.WorkingDir && !config.WorkingDir.startsWith('/')) config.WorkingDir = posix.resolve('/', config.WorkingDir)
  delete config.OnBuild // triggers have been read by now and are not inherited
  const env = new Map(base.env)
  if (!env.has('PATH')) env.set('PATH', DEFAULT_PATH)
  const scope = createStageScope(base.scope)
  for (const [name, value] of [...(base.scope?.variables ?? []), ...env]) setVariable(scope, name, value)
  const stage: StageDraft = {
    displayName: displayName(entry, plan),
    platform: base.platform,
    scope,
    config,
    env,
    labels: new Map(base.labels),
    baseHistory: base.baseHistory,
    baseTitle: base.baseTitle,
    history: [...base.history],
    ignoreCache: ignoresCache(entry, plan),
    stepCount: steps + (entry.base?.kind === 'image' || entry.base?.kind === 'context' ? 1 : 0),
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

type Inherited =
  | 'platform'
  | 'config'
  | 'env'
  | 'labels'
  | 'baseHistory'
  | 'baseTitle'
  | 'history'
  | 'author'
  | 'architecture'

type BaseState = Pick<StageDraft, Inherited> & { readonly scope?: StageScope }

function baseOf(entry: StageEntry, plan: PlanContext): BaseState {
  const { base, platform } = entry
  if (base?.kind === 'stage') {
    const parent = plan.finished.get(base.index)
    if (parent) return parent
  }
  const found = base?.kind === 'image' ? plan.bases.get(baseKey({ reference: base.reference, platform })) : undefined
  const nothing = { platform, history: [] }
  if (!found) {
    // SPEC: BuildKit dockerfile2llb/convert.go: scratch is for the target, regardless of --platform in FROM.
    const config = { WorkingDir: '/' }
    const isContext = base?.kind === 'context'
    return {
      ...nothing,
      config,
      env: new Map(),
      labels: new Map(),
      baseHistory: [],
      baseTitle: isContext ? contextTitle(base) : '',
      author: undefined,
      architecture: isContext ? platform : plan.request.targetPlatform,
    }
  }
  const { history, author, os, architecture, variant } = found.config
  const { Env = [], Labels = {}, ...config } = found.config.config ?? {}
  return {
    ...nothing,
    config,
    // An entry without a name would make the image impossible to run.
    env: new Map(Env.filter((entry) => entry !== '').map(splitEntry)),
    labels: new Map(Object.entries(Labels)),
    baseHistory: history ?? [],
    baseTitle: base?.kind === 'image' ? `pulled from ${fullReference(base.reference)}` : '',
    author,
    architecture: {
      os,
      architecture,
      ...present('variant', variant),
      ...present('os.version', found.config['os.version']),
      ...present('os.features', found.config['os.features']),
    },
  }
}

function baseNode(stage: StageDraft, entry: StageEntry, plan: PlanContext): Node | undefined {
  const { base } = entry
  const range = entry.stage.from.range
  if (base === undefined || base.kind === 'scratch') return undefined
  if (base.kind === 'stage') return plan.finished.get(base.index)?.node
  if (base.kind === 'context') return filesystemOfContext(base, range, plan)
  return imageNode(base.reference, {
    platform: entry.platform,
    plan,
    name: stepName(stage, fromTitle(base.reference)),
    range,
  })
}

/**
 * SPEC: as in BuildKit, a single stage has no name in steps, unless the file reads from another image or mounts
 * anything.
 */
function displayName({ stage, index, platform }: StageEntry, plan: PlanContext): string | undefined {
  const isOnlyStage = plan.stages.entries.length === 1 && !stage.instructions.some(readsElsewhere)
  const name = isOnlyStage ? undefined : (stage.name ?? `stage-${index}`)
  if (!plan.request.isOneOfSeveral) return name
  return [platformTitle(platform, plan.request.targetPlatform), name].filter(Boolean).join(' ')
}

/** SPEC: as in BuildKit, `linux/amd64->arm64` marks a stage that builds for another platform than it runs on. */
function platformTitle(platform: Platform, target: Platform): string {
  const [own, other] = [formatPlatform(platform), formatPlatform(target)]
  if (own === other) return own
  return `${own}->${platform.os === target.os ? other.slice(target.os.length + 1) : other}`
}

function readsElsewhere(instruction: StageInstruction): boolean {
  if (namesIn(instruction).length > 0) return true
  return instruction.kind === 'run' && listFlags(instruction, 'mount').length > 0
}

function ignoresCache({ stage, index }: StageEntry, { request }: PlanContext): boolean {
  if (request.noCache) return true
  const names = request.noCacheFilter.map((name) => name.toLowerCase())
  return names.includes(stage.name ?? `stage-${index}`)
}
