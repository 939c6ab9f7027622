import type { ArgInstruction, StageInstruction } from '../../../parser/index.ts'
import { expanderOf, type PlanContext, type StageDraft } from '../plan-context.ts'
import { declareArgument } from '../scope.ts'
import { planCopy } from './copy-step.ts'
import { applyExpose } from './expose.ts'
import { applyHealthcheck } from './healthcheck.ts'
import {
  applyCmd,
  applyEntrypoint,
  applyEnv,
  applyLabel,
  applyMaintainer,
  applyOnbuild,
  applyShell,
  applyStopsignal,
  applyUser,
  applyVolume,
  remember,
} from './image-settings.ts'
import { planRun } from './run-step.ts'
import { planWorkdir } from './workdir-step.ts'

type Applying<Kind extends StageInstruction['kind']> = (
  instruction: Extract<StageInstruction, { kind: Kind }>,
  stage: StageDraft,
  plan: PlanContext,
) => void

/** How each instruction changes its stage. */
const TABLE: { readonly [Kind in StageInstruction['kind']]: Applying<Kind> } = {
  add: planCopy,
  arg: applyArg,
  cmd: applyCmd,
  copy: planCopy,
  entrypoint: applyEntrypoint,
  env: applyEnv,
  expose: applyExpose,
  healthcheck: applyHealthcheck,
  label: applyLabel,
  maintainer: applyMaintainer,
  onbuild: applyOnbuild,
  run: planRun,
  shell: applyShell,
  stopsignal: applyStopsignal,
  user: applyUser,
  volume: applyVolume,
  workdir: planWorkdir,
}

/** Instructions that are counted as steps in names such as `[2/5]`. */
const STEPS: readonly StageInstruction['kind'][] = ['add', 'copy', 'run', 'workdir']

export function isStep({ kind }: StageInstruction): boolean {
  return STEPS.includes(kind)
}

export function applyInstruction(instruction: StageInstruction, stage: StageDraft, plan: PlanContext): void {
  // The table's type ensures that the row of a kind accepts instructions of that kind.
  const apply = TABLE[instruction.kind] as (instruction: StageInstruction, stage: StageDraft, plan: PlanContext) => void
  apply(instruction, stage, plan)
}

function applyArg({ args }: ArgInstruction, stage: StageDraft, plan: PlanContext): void {
  const { globals, request } = plan
  const texts = args.map(({ name, default: written }) => {
    const from = { buildArgs: request.buildArgs, globals, expander: expanderOf(stage, plan) }
    return declareArgument({ name: name.text, written }, stage.scope, from)
  })
  remember(stage, `ARG ${texts.join(' ')}`)
}
