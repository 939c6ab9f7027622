import type { LintRule } from '../lint-rule.ts'
import type { LintedStage } from '../linted-file.ts'

export const workdirRelativePath: LintRule = {
  name: 'WorkdirRelativePath',
  description:
    'The first WORKDIR of a stage should be absolute, because the working directory of the base image may change',
  onlyNeededStages: true,
  check({ stages }, find) {
    const withWorkdir = new Set<LintedStage>()
    for (const stage of stages) {
      const isSet = stage.parent !== undefined && withWorkdir.has(stage.parent)
      const step = stage.steps.find(({ instruction }) => instruction.kind === 'workdir')
      if (isSet || step !== undefined) withWorkdir.add(stage)
      if (isSet) continue
      const path = step?.uses[0]
      if (step === undefined || path === undefined || path.value.startsWith('/')) continue
      const message = `WORKDIR "${path.value}" is relative to the WORKDIR of the base image (expected an absolute path)`
      find({ instruction: step.instruction, message, range: path.range })
    }
  },
}
