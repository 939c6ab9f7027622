import type { LintRule } from '../lint-rule.ts'

const RESERVED = new Set(['context', 'scratch'])

export const reservedStageName: LintRule = {
  name: 'ReservedStageName',
  description: 'Reserved names should not be used as stage names',
  ignoresComments: true,
  check({ stages }, find) {
    for (const { name, from } of stages.map(({ stage }) => stage)) {
      if (name === undefined || !RESERVED.has(name)) continue
      const message = `The stage name "${name}" is reserved (expected another name)`
      find({ instruction: from, message, ...(from.as && { range: from.as.range }) })
    }
  },
}
