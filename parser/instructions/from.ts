import type { FromInstruction } from '../ast.ts'
import { parseWordList } from './arguments.ts'
import { parseFlags } from './flags.ts'
import { baseFields, type InstructionInput, reportError } from './instruction-input.ts'

/** SPEC: dockerfile reference#from. */
export function parseFrom(input: InstructionInput): FromInstruction | undefined {
  const flags = parseFlags(input, { platform: 'value' })
  const words = parseWordList(input)
  const [image, as, name, more] = words ?? []
  if (flags === undefined) return undefined
  if (image === undefined || more !== undefined || (as === undefined) !== (name === undefined)) {
    const count = words?.length ?? 0
    const message = `Cannot use "FROM": it has ${count} arguments (expected FROM <image> or FROM <image> AS <name>)`
    return reportError(input, { code: 'PARSE_BAD_FROM', message })
  }
  if (as === undefined || name === undefined) return { kind: 'from', ...baseFields(input), flags, image }
  if (as.text.toLowerCase() !== 'as') {
    const message = `Cannot use "FROM": unexpected "${as.text}" after the image (expected AS and a name)`
    return reportError(input, { code: 'PARSE_BAD_FROM', message, range: as.range })
  }
  if (!/^[a-z][a-z0-9-_.]*$/.test(name.text.toLowerCase())) {
    const needed = 'a letter first, then letters, digits, "-", "_" and "."'
    const message = `Cannot name a stage "${name.text}": not a valid name (expected ${needed})`
    return reportError(input, { code: 'PARSE_BAD_STAGE_NAME', message, range: name.range })
  }
  return { kind: 'from', ...baseFields(input), flags, image, as: name, asKeyword: as.text }
}
