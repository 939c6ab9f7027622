import type { LintRule } from '../lint-rule.ts'

export const exposeInvalidFormat: LintRule = {
  name: 'ExposeInvalidFormat',
  description: 'EXPOSE should name ports of the container only, without host addresses and host ports',
  onlyNeededStages: true,
  check({ stages }, find) {
    for (const { instruction, uses } of stages.flatMap(({ steps }) => steps)) {
      if (instruction.kind !== 'expose') continue
      for (const { words, range } of uses) {
        for (const port of words.filter((each) => /[^:].*:/.test(each))) {
          const expected = port.slice(port.lastIndexOf(':') + 1)
          const message = `"${port}" contains a host address or host port, which will become an error (expected "${expected}")`
          find({ instruction, message, range })
        }
      }
    }
  },
}
