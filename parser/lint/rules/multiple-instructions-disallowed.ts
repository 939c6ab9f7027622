import type { StageInstruction } from '../../ast.ts'
import type { LintRule } from '../lint-rule.ts'

const ONCE = new Set(['cmd', 'entrypoint', 'healthcheck'])

export const multipleInstructionsDisallowed: LintRule = {
  name: 'MultipleInstructionsDisallowed',
  description: 'A stage should have at most one CMD, one ENTRYPOINT and one HEALTHCHECK; only the last takes effect',
  onlyNeededStages: true,
  check({ stages }, find) {
    for (const { steps } of stages) {
      const last = new Map<string, StageInstruction>()
      for (const { instruction } of steps.filter((step) => ONCE.has(step.instruction.kind))) {
        const before = last.get(instruction.kind)
        last.set(instruction.kind, instruction)
        if (before === undefined) continue
        const name = instruction.kind.toUpperCase()
        const { line } = instruction.range.start
        const message = `${name} has no effect: another one follows on line ${line} (expected one ${name} per stage)`
        find({ instruction: before, configuredBy: instruction, message }) // as in BuildKit
      }
    }
  },
}
