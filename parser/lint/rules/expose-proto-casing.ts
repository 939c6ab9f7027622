import type { LintRule } from '../lint-rule.ts'

export const exposeProtoCasing: LintRule = {
  name: 'ExposeProtoCasing',
  description: 'The protocol in EXPOSE should be lowercase',
  onlyNeededStages: true,
  check({ stages }, find) {
    for (const { instruction, uses } of stages.flatMap(({ steps }) => steps)) {
      if (instruction.kind !== 'expose') continue
      for (const { words, range } of uses) {
        for (const port of words) {
          const protocol = port.split('/')[1] ?? ''
          if (protocol === protocol.toLowerCase()) continue
          const message = `The protocol of "${port}" is not lowercase (expected "${protocol.toLowerCase()}")`
          find({ instruction, message, range })
        }
      }
    }
  },
}
