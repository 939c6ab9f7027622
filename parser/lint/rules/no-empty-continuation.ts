import type { LintRule } from '../lint-rule.ts'

export const noEmptyContinuation: LintRule = {
  name: 'NoEmptyContinuation',
  description: 'Multi-line instructions should not contain empty lines, which will become an error',
  ignoresComments: true,
  isPerInstruction: true,
  check({ dockerfile }, find) {
    const { globalArgs, stages } = dockerfile
    for (const instruction of [...globalArgs, ...stages.flatMap((stage) => [stage.from, ...stage.instructions])]) {
      const line = instruction.blankLines?.[0]
      if (line === undefined) continue
      const range = { start: { line, column: 1 }, end: { line, column: 2 } }
      const message = 'A multi-line instruction contains an empty line'
      const { end } = instruction.range // SPEC: BuildKit reports the last line
      const last = { start: { line: end.line, column: 1 }, end: { line: end.line, column: 2 } }
      find({ instruction, message, range, instructionRange: last, hint: 'Remove it, or begin it with #' })
    }
  },
}
