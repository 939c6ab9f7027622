import type { LintRule } from '../lint-rule.ts'

export const stageNameCasing: LintRule = {
  name: 'StageNameCasing',
  description: 'Stage names should be lowercase',
  isPerInstruction: true,
  check({ stages }, find) {
    for (const { stage } of stages) {
      const { as } = stage.from
      if (as === undefined || as.text === stage.name) continue
      const message = `The stage name "${as.text}" is not lowercase (expected "${stage.name}")`
      find({ instruction: stage.from, message, range: as.range })
    }
  },
}
