import type { LintRule } from '../lint-rule.ts'

export const exposeInvalidFormat: LintRule = {
  name: 'ExposeInvalidFormat',
  description: 'EXPOSE names ports of the container, and neither addresses nor ports of the host',
  onlyNeededStages: true,
  check({ stages }, find) {
    for (const { instruction, uses } of stages.flatMap(({ steps }) => steps)) {
      if (instruction.kind !== 'expose') continue
      for (const { words, range } of uses) {
        for (const port of words.filter((each) => each.includes(':'))) {
          const wanted = port.slice(port.lastIndexOf(':') + 1)
          const message = `"${port}" maps to the host, which EXPOSE can't; one day it will be an error ("${wanted}")`
          find({ instruction, message, range })
        }
      }
    }
  },
}
