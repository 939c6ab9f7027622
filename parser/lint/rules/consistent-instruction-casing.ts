import type { Instruction } from '../../ast.ts'
import type { LintRule } from '../lint-rule.ts'

export const consistentInstructionCasing: LintRule = {
  name: 'ConsistentInstructionCasing',
  description: 'All instructions should use the same case, either upper or lower',
  ignoresComments: true,
  check({ stages }, find) {
    const instructions = stages.flatMap(({ stage }): Instruction[] => [stage.from, ...stage.instructions])
    const lowerCount = instructions.filter(({ keyword }) => keyword === keyword.toLowerCase()).length
    const upperCount = instructions.filter(({ keyword }) => keyword === keyword.toUpperCase()).length
    const isLower = lowerCount > upperCount
    for (const instruction of instructions) {
      const { keyword, range } = instruction
      const expected = isLower ? keyword.toLowerCase() : keyword.toUpperCase()
      if (keyword === expected) continue
      const end = { line: range.start.line, column: range.start.column + keyword.length }
      const message = `"${keyword}" does not match the case of most instructions (expected "${expected}")`
      find({ instruction, message, range: { start: range.start, end } })
    }
  },
}
