import type { LintRule } from '../lint-rule.ts'
import type { LintedStage } from '../linted-file.ts'

export const jsonArgsRecommended: LintRule = {
  name: 'JSONArgsRecommended',
  description: 'CMD and ENTRYPOINT should be in JSON form, so that signals reach the program instead of a shell',
  onlyNeededStages: true,
  check({ stages }, find) {
    const withShell = new Set<LintedStage>()
    for (const stage of stages) {
      const { parent, baseImage } = stage
      // A SHELL in the file or its base image shows that a shell is intended.
      let hasShell = parent === undefined ? baseImage?.hasShell === true : withShell.has(parent)
      for (const { instruction } of stage.steps) {
        if (instruction.kind === 'shell') hasShell = true
        if (instruction.kind !== 'cmd' && instruction.kind !== 'entrypoint') continue
        if (instruction.command.form === 'exec' || hasShell) continue
        const name = instruction.kind.toUpperCase()
        const message = `${name} is in shell form: the shell is process 1 and does not pass signals on (expected JSON form)`
        find({ instruction, message, hint: `Write ${name} ["program", "argument"]` })
      }
      if (hasShell) withShell.add(stage)
    }
  },
}
