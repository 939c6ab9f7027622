import type { LintRule } from '../lint-rule.ts'

export const legacyKeyValueFormat: LintRule = {
  name: 'LegacyKeyValueFormat',
  description: 'ENV and LABEL should separate name and value with an equals sign',
  onlyNeededStages: true,
  check({ stages }, find) {
    for (const { instruction } of stages.flatMap(({ steps }) => steps)) {
      if (instruction.kind !== 'env' && instruction.kind !== 'label') continue
      const [pair] = instruction.pairs
      if (!instruction.legacy || pair === undefined) continue
      const name = instruction.kind.toUpperCase()
      const value = /\s/.test(pair.value.text) ? JSON.stringify(pair.value.text) : pair.value.text
      const message = `${name} separates name and value with a space (expected an equals sign)`
      find({ instruction, message, hint: `Write ${name} ${pair.key.text}=${value}` })
    }
  },
}
