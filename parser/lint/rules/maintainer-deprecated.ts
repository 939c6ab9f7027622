import type { LintRule } from '../lint-rule.ts'

export const maintainerDeprecated: LintRule = {
  name: 'MaintainerDeprecated',
  description: 'MAINTAINER is deprecated; use a label',
  isPerInstruction: true,
  check({ stages }, find) {
    for (const instruction of stages.flatMap(({ stage }) => stage.instructions)) {
      if (instruction.kind !== 'maintainer') continue
      const hint = `Write LABEL org.opencontainers.image.authors=${JSON.stringify(instruction.name)}`
      find({ instruction, message: 'MAINTAINER is deprecated (expected a label)', hint })
    }
  },
}
