import type { SourceRange } from '../../../parser/index.ts'
import { expandForName } from '../expand-text.ts'
import { expanderOf, type PlanContext, type StageDraft } from '../plan-context.ts'

/** `[build 2/5] RUN make`: the stage's name if the file has several, and the step's position in the stage. */
export function stepName(stage: StageDraft, text: string): string {
  stage.stepsDone += 1
  const total = String(stage.stepCount)
  const position = `${String(stage.stepsDone).padStart(total.length)}/${total}`
  const title = stage.displayName === undefined ? position : `${stage.displayName} ${position}`
  return `[${title}] ${stage.triggerPlace ? 'ONBUILD ' : ''}${text}`
}

/** The instruction as written, with known variables expanded and secret ones hidden. */
export function instructionTitle(
  instruction: { readonly text: string; readonly kind: string },
  stage: StageDraft,
  { plan, secrets = [] }: { readonly plan: PlanContext; readonly secrets?: readonly string[] },
): string {
  const expander = expanderOf(stage, plan)
  const hidden = secrets.map((name) => [name, '****'] as const)
  const variables = hidden.length === 0 ? expander.variables : new Map([...expander.variables, ...hidden])
  const text = expandForName(instruction.text, { ...expander, variables }, instruction.kind === 'run')
  return text.replace(/^\S+/, (keyword) => keyword.toUpperCase())
}

/** The range of a step in the file. */
export function rangeOf(stage: StageDraft, instruction: { readonly range: SourceRange }): SourceRange {
  return stage.triggerPlace ?? instruction.range
}
