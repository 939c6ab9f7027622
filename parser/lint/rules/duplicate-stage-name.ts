import type { LintRule } from '../lint-rule.ts'

export const duplicateStageName: LintRule = {
  name: 'DuplicateStageName',
  description: 'Stage names should be unique',
  ignoresComments: true,
  check({ stages }, find) {
    const seen = new Set<string>()
    for (const { name, from } of stages.map(({ stage }) => stage)) {
      if (name === undefined) continue
      if (seen.has(name)) {
        const message = `The stage name "${name}" is already in use`
        find({ instruction: from, message, ...(from.as && { range: from.as.range }) })
      }
      seen.add(name)
    }
  },
}
