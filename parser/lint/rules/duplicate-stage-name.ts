import type { LintRule } from '../lint-rule.ts'

export const duplicateStageName: LintRule = {
  name: 'DuplicateStageName',
  description: 'Each stage has a name of its own',
  check({ stages }, find) {
    const seen = new Set<string>()
    for (const { name, from } of stages.map(({ stage }) => stage)) {
      if (name === undefined) continue
      if (seen.has(name)) {
        const message = `The stage name "${name}" was used before (a name of its own)`
        find({ instruction: from, message, ...(from.as && { range: from.as.range }) })
      }
      seen.add(name)
    }
  },
}
