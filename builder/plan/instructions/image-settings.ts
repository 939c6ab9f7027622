import { isSignal } from '../../../notation/index.ts'
import type {
  CmdInstruction,
  CommandForm,
  EntrypointInstruction,
  EnvInstruction,
  KeyValue,
  LabelInstruction,
  MaintainerInstruction,
  OnbuildInstruction,
  ShellInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
} from '../../../parser/index.ts'
import { expandText } from '../expand-text.ts'
import { expanderOf, type PlanContext, type StageDraft, shellOf } from '../plan-context.ts'
import { setVariable } from '../scope.ts'
import { argvHistory, HISTORY_COMMENT, listHistory, pairsHistory } from './history.ts'

/** All pairs of one ENV are expanded with the values from before it. */
export function applyEnv(instruction: EnvInstruction, stage: StageDraft, plan: PlanContext): void {
  const pairs = expandPairs(instruction.pairs, stage, plan)
  if (!pairs) return
  for (const [name, value] of pairs) {
    setVariable(stage.scope, name, value)
    stage.env.set(name, value)
  }
  remember(stage, pairsHistory('ENV', pairs))
}

export function applyLabel(instruction: LabelInstruction, stage: StageDraft, plan: PlanContext): void {
  const pairs = expandPairs(instruction.pairs, stage, plan)
  if (!pairs) return
  for (const [name, value] of pairs) stage.labels.set(name, value)
  remember(stage, pairsHistory('LABEL', pairs))
}

export function applyUser(instruction: UserInstruction, stage: StageDraft, plan: PlanContext): void {
  const user = expandText(instruction.user.text, instruction.user.range, expanderOf(stage, plan))
  if (user === undefined) return
  stage.config.User = user
  remember(stage, `USER ${user}`)
}

export function applyCmd({ command }: CmdInstruction, stage: StageDraft): void {
  const argv = argvOf(command, stage)
  stage.config.Cmd = argv
  stage.config.ArgsEscaped = true
  stage.hasOwnCmd = true
  remember(stage, argvHistory('CMD', argv))
}

/** A new entrypoint drops the base's command, which was meant for another one. */
export function applyEntrypoint({ command }: EntrypointInstruction, stage: StageDraft): void {
  const argv = argvOf(command, stage)
  stage.config.Entrypoint = argv
  if (!stage.hasOwnCmd) delete stage.config.Cmd
  remember(stage, argvHistory('ENTRYPOINT', argv))
}

export function applyShell({ argv }: ShellInstruction, stage: StageDraft): void {
  stage.config.Shell = argv
  remember(stage, listHistory('SHELL', argv))
}

export function applyVolume(instruction: VolumeInstruction, stage: StageDraft, plan: PlanContext): void {
  const paths = instruction.paths.map(({ text, range }) => expandText(text, range, expanderOf(stage, plan)))
  const named = paths.filter((path) => path !== undefined)
  if (named.length < paths.length) return
  const empty = instruction.paths[named.indexOf('')]
  if (empty) {
    const message = `Cannot create volume "${empty.text}": empty after expansion (expected a path)`
    plan.problems.error({ code: 'PLAN_VALUE_INVALID', range: empty.range, message })
    return
  }
  stage.config.Volumes = { ...stage.config.Volumes, ...Object.fromEntries(named.map((path) => [path, {}])) }
  remember(stage, listHistory('VOLUME', named))
}

export function applyStopsignal({ signal }: StopsignalInstruction, stage: StageDraft, plan: PlanContext): void {
  const name = expandText(signal.text, signal.range, expanderOf(stage, plan))
  if (name === undefined) return
  if (!isSignal(name)) {
    const message = `Cannot use stop signal "${name}": no such signal (expected a name such as SIGTERM, or a number)`
    plan.problems.error({ code: 'PLAN_VALUE_INVALID', range: signal.range, message })
    return
  }
  stage.config.StopSignal = name
  remember(stage, `STOPSIGNAL ${name}`)
}

/** Stores the trigger as text for child images; as in BuildKit, without a history entry. */
export function applyOnbuild({ trigger }: OnbuildInstruction, stage: StageDraft): void {
  stage.config.OnBuild = [...(stage.config.OnBuild ?? []), trigger]
}

export function applyMaintainer({ name }: MaintainerInstruction, stage: StageDraft): void {
  stage.author = name
  remember(stage, `MAINTAINER ${name}`)
}

/** Adds a history entry without a layer. */
export function remember(stage: StageDraft, createdBy: string): void {
  stage.history.push({ createdBy, comment: HISTORY_COMMENT })
}

function argvOf(command: CommandForm, stage: StageDraft): readonly string[] {
  return command.form === 'exec' ? command.argv : [...shellOf(stage), command.text]
}

function expandPairs(
  pairs: readonly KeyValue[],
  stage: StageDraft,
  plan: PlanContext,
): readonly (readonly [string, string])[] | undefined {
  const expander = expanderOf(stage, plan)
  const expanded = pairs.flatMap(({ key, value }) => {
    const name = expandText(key.text, key.range, expander)
    const text = expandText(value.text, value.range, expander)
    return name === undefined || text === undefined ? [] : [[name, text] as const]
  })
  return expanded.length === pairs.length ? expanded : undefined
}
