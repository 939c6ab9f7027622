import { type ContainerConfig, normalizePlatform, type Platform, present } from '../../image-spec/index.ts'
import type { SourceRange } from '../../parser/index.ts'
import type { Bases, BuildPlan, PlannedImage, PlanRequest, PlanResult } from './graph/build-plan.ts'
import { createNodeTable } from './graph/node-table.ts'
import { filesystemOf, type PlanContext, type StageDraft } from './plan-context.ts'
import { createProblems } from './problems.ts'
import { proxyEnvironment, readGlobalScope } from './scope.ts'
import { planStage } from './stages/plan-stage.ts'
import { followReferences, type ReachedStage } from './stages/reach.ts'
import { readStages } from './stages/stage-table.ts'

/** Somewhat below the 4 MiB limit of stores and registries: times and diff IDs are added later. */
const MAX_CONFIG_BYTES = 3_900_000
/** SECURITY: each stage copies what it inherits. Far more than any real file needs, at about 500 MB of memory. */
const MAX_INHERITED = 8_000_000

/**
 * Plans a build. Pure and total: it uses no files, network or clock, and never throws, whatever the Dockerfile
 * contains. If bases are unknown, the result lists all known needs, to be resolved together before the next call.
 */
export function planBuild(request: PlanRequest, bases: Bases): PlanResult {
  const problems = createProblems()
  const globals = readGlobalScope(request, problems)
  const stages = readStages({ request, problems, globals })
  const nodes = createNodeTable()
  const plan: PlanContext = {
    request,
    bases,
    problems,
    nodes,
    globals,
    stages,
    sources: new Map(),
    finished: new Map(),
  }
  const target = stages.findTarget()
  if (target === undefined) return refused(plan)
  const targets = request.plansAllStages === true ? stages.entries.map(({ index }) => index) : [target]
  const reach = followReferences(targets, plan)
  if (problems.hasErrors) return refused(plan)
  if (reach.needs.length > 0) return { kind: 'needs', bases: reach.needs }
  if (!planStages(reach.stages, plan)) return refused(plan)
  const result = plan.finished.get(target)
  if (problems.hasErrors || !result) return refused(plan)
  const finished = finish(result, plan)
  refuseLargeConfig(finished, stages.entries[target]?.stage.from.range, plan)
  return problems.hasErrors ? refused(plan) : { kind: 'planned', plan: finished, diagnostics: problems.all }
}

function refused({ problems }: PlanContext): PlanResult {
  return { kind: 'refused', diagnostics: problems.all }
}

/** False if stages inherit more than fits into memory. */
function planStages(stages: readonly ReachedStage[], plan: PlanContext): boolean {
  let inherited = 0
  for (const stage of stages) {
    const draft = planStage(stage, plan)
    plan.finished.set(stage.entry.index, draft)
    inherited += draft.history.length + draft.labels.size + draft.scope.variables.size + draft.scope.declared.length
    if (inherited <= MAX_INHERITED) continue
    const found = `the stages inherit ${inherited} labels, variables and history entries`
    const message = `Cannot plan the build: ${found} (at most ${MAX_INHERITED})`
    const hint = 'Use shorter chains of stages'
    plan.problems.error({ code: 'PLAN_VALUE_INVALID', range: stage.entry.stage.from.range, message, hint })
    return false
  }
  return true
}

/** Refuses a configuration that no registry or store could read, before any step runs. */
function refuseLargeConfig({ image }: BuildPlan, range: SourceRange | undefined, { problems }: PlanContext): void {
  const { config, baseHistory, history } = image
  const texts = history.map(({ createdBy, comment }) => ({ createdBy, comment }))
  const bytes = Buffer.byteLength(JSON.stringify([config, baseHistory, texts]))
  if (bytes <= MAX_CONFIG_BYTES || range === undefined) return
  const found = `labels, variables and history take ${bytes} bytes`
  const message = `Cannot write the image's configuration: ${found} (at most ${MAX_CONFIG_BYTES})`
  const hint = 'Put several labels or variables into one instruction, or large values into files'
  problems.error({ code: 'PLAN_VALUE_INVALID', range, message, hint })
}

function finish(target: StageDraft, plan: PlanContext): BuildPlan {
  const result = filesystemOf(target, plan)
  return {
    result,
    nodes: plan.nodes.neededBy(result),
    image: imageOf(target, plan),
    proxyEnvironment: proxyEnvironment(plan.request.buildArgs),
  }
}

function imageOf(target: StageDraft, { request }: PlanContext): PlannedImage {
  return {
    ...platformOf(target.architecture, request),
    ...(target.author !== undefined && { author: target.author }),
    config: orderedConfig(target, request),
    baseHistory: target.baseHistory,
    baseTitle: target.baseTitle,
    history: target.history,
  }
}

/**
 * SPEC: BuildKit dockerfile2llb/convert.go: a requested platform is the image's; fields it leaves open come from the
 * base.
 */
function platformOf(base: Platform, request: PlanRequest): Platform {
  if (!request.isTargetPlatformGiven) return normalizePlatform(base)
  const { os, architecture, variant, ...target } = request.targetPlatform
  const isSame = os === base.os && architecture === base.architecture
  return normalizePlatform({
    os,
    architecture,
    ...present('variant', variant ?? (isSame ? base.variant : undefined)),
    ...present('os.version', target['os.version'] ?? (isSame ? base['os.version'] : undefined)),
    ...present('os.features', target['os.features'] ?? base['os.features']),
  })
}

/** Fields in docker's order, without empty ones, map keys sorted. */
function orderedConfig({ config, env, labels }: StageDraft, request: PlanRequest): ContainerConfig {
  const { User, ExposedPorts, Entrypoint, Cmd, Volumes, WorkingDir, StopSignal } = config
  const { ArgsEscaped, Healthcheck, OnBuild, Shell } = config
  const Env = [...env].map(([name, value]) => `${name}=${value}`)
  const Labels = Object.fromEntries([...labels, ...Object.entries(request.labels)])
  return {
    ...(User && { User }),
    ...(hasEntries(ExposedPorts) && { ExposedPorts: sorted(ExposedPorts) }),
    ...(Env.length > 0 && { Env }),
    ...(Entrypoint && Entrypoint.length > 0 && { Entrypoint }),
    ...(Cmd && Cmd.length > 0 && { Cmd }),
    ...(hasEntries(Volumes) && { Volumes: sorted(Volumes) }),
    ...(WorkingDir && { WorkingDir }),
    ...(hasEntries(Labels) && { Labels: sorted(Labels) }),
    ...(StopSignal && { StopSignal }),
    ...(ArgsEscaped && { ArgsEscaped }),
    ...(Healthcheck && { Healthcheck }),
    ...(OnBuild && OnBuild.length > 0 && { OnBuild }),
    ...(Shell && Shell.length > 0 && { Shell }),
  }
}

function hasEntries<Value>(record: Readonly<Record<string, Value>> | undefined): record is Record<string, Value> {
  return record !== undefined && Object.keys(record).length > 0
}

function sorted<Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}
