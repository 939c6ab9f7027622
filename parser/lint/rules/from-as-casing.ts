import type { LintRule } from '../lint-rule.ts'

export const fromAsCasing: LintRule = {
  name: 'FromAsCasing',
  description: 'The AS keyword should match the case of the FROM keyword',
  isOfOneInstruction: true,
  check({ stages }, find) {
    for (const { from } of stages.map(({ stage }) => stage)) {
      const { keyword, asKeyword } = from
      const wanted = casedLike(keyword, 'as')
      if (asKeyword === undefined || wanted === undefined || asKeyword === wanted) continue
      find({
        instruction: from,
        message: `"${asKeyword}" does not match the case of "${keyword}" (expected "${wanted}")`,
      })
    }
  },
}

/** Undefined if the keyword itself is in mixed case: another check reports that. */
function casedLike(keyword: string, word: string): string | undefined {
  if (keyword === keyword.toLowerCase()) return word.toLowerCase()
  return keyword === keyword.toUpperCase() ? word.toUpperCase() : undefined
}
