import type { LintRule } from '../lint-rule.ts'

export const fromAsCasing: LintRule = {
  name: 'FromAsCasing',
  description: 'The AS keyword should match the case of the FROM keyword',
  isPerInstruction: true,
  check({ stages }, find) {
    for (const { from } of stages.map(({ stage }) => stage)) {
      const { keyword, asKeyword } = from
      const expected = casedLike(keyword, 'as')
      if (asKeyword === undefined || expected === undefined || asKeyword === expected) continue
      find({
        instruction: from,
        message: `"${asKeyword}" does not match the case of "${keyword}" (expected "${expected}")`,
      })
    }
  },
}

/** Undefined if the keyword itself is in mixed case: another check reports that. */
function casedLike(keyword: string, word: string): string | undefined {
  if (keyword === keyword.toLowerCase()) return word.toLowerCase()
  return keyword === keyword.toUpperCase() ? word.toUpperCase() : undefined
}
