import type { Instruction } from '../ast.ts'

/**
 * What the comment directly above an instruction says of a name that it defines.
 * SPEC: dockerfile reference, comments: a line that begins with the name and a blank.
 */
export function descriptionOf(instruction: Instruction, name: string): string | undefined {
  const line = instruction.comment?.split('\n').find((text) => text.startsWith(`${name} `))
  return line?.slice(name.length + 1)
}
