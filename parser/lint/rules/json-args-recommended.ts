import type { LintRule } from '../lint-rule.ts'
import type { LintedStage } from '../linted-file.ts'

export const jsonArgsRecommended: LintRule = {
  name: 'JSONArgsRecommended',
  description: 'CMD and ENTRYPOINT are in JSON form, so that signals reach the program and not a shell around it',
  onlyNeededStages: true,
  check({ stages }, find) {
    const withShell = new Set<LintedStage>()
    for (const stage of stages) {
      const { parent, baseImage } = stage
      // Who names a shell, in the file or in the image it builds on, wants one.
      let hasShell = parent === undefined ? baseImage?.hasShell === true : withShell.has(parent)
      for (const { instruction } of stage.steps) {
        if (instruction.kind === 'shell') hasShell = true
        if (instruction.kind !== 'cmd' && instruction.kind !== 'entrypoint') continue
        if (instruction.command.form === 'exec' || hasShell) continue
        const name = instruction.kind.toUpperCase()
        const message = `${name} is in shell form: a shell becomes process 1 and passes no signals on (JSON form)`
        find({ instruction, message, hint: `Write ${name} ["program", "argument"]` })
      }
      if (hasShell) withShell.add(stage)
    }
  },
}
