import type { Instruction } from '../../ast.ts'
import type { Find, LintRule } from '../lint-rule.ts'

export const invalidDefinitionDescription: LintRule = {
  name: 'InvalidDefinitionDescription',
  description: 'A comment directly above ARG or FROM should begin with the name that it describes',
  isExperimental: true,
  isPerInstruction: true,
  check({ dockerfile }, find) {
    const { globalArgs, stages } = dockerfile
    for (const instruction of [...globalArgs, ...stages.flatMap((stage) => [stage.from, ...stage.instructions])]) {
      if (instruction.kind === 'arg') report(instruction, namesOf(instruction.args), find)
      if (instruction.kind === 'from' && instruction.as) report(instruction, [instruction.as.text.toLowerCase()], find)
    }
  },
}

function namesOf(args: readonly { readonly name: { readonly text: string } }[]): readonly string[] {
  return args.map(({ name }) => name.text)
}

/** SPEC: the last line of the comment counts. */
function report(instruction: Instruction, names: readonly string[], find: Find): void {
  const line = instruction.comment?.split('\n').at(-1)
  if (line === undefined || /^check\s*=/.test(line) || names.includes(line.split(' ')[0] ?? '')) return
  const keyword = instruction.kind.toUpperCase()
  const expected = names.length === 1 ? `# ${names[0]} <description>` : '# <name> <description>'
  const message = `The comment above ${keyword} does not begin with the name that it describes (expected ${expected})`
  find({ instruction, message, hint: 'If it is not a description, put a blank line below it' })
}
