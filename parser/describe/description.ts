import type { Instruction } from '../ast.ts'

/**
 * Description of a name, from the comment directly above the instruction that defines it.
 * SPEC: dockerfile reference, comments: a line that begins with the name and a blank.
 */
export function descriptionOf(instruction: Instruction, name: string): string | undefined {
  const line = instruction.comment?.split('\n').find((text) => text.startsWith(`${name} `))
  return line?.slice(name.length + 1)
}
