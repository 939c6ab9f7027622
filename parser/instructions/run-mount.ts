import { splitCsv } from '../../notation/index.ts'
import type { Flag } from '../ast.ts'
import { type InstructionInput, reportError } from './instruction-input.ts'

/**
 * Checks `--mount` as far as possible without variables: it must be a list of fields, and `from` must not contain
 * variables.
 * SPEC: the values of all other fields are expanded and checked during planning.
 */
export function areMountsRight(input: InstructionInput, flags: readonly Flag[]): boolean {
  return flags.filter(({ name }) => name === 'mount').every((flag) => isMountRight(input, flag))
}

function isMountRight(input: InstructionInput, flag: Flag): boolean {
  const fields = splitCsv(flag.value ?? '')
  const what = `Cannot use the flag "--mount=${flag.value ?? ''}"`
  if (fields === undefined) {
    const message = `${what}: a quoted field is not closed (type=<type>,target=<path>,…)`
    reportError(input, { code: 'PARSE_BAD_MOUNT', message, range: flag.range })
    return false
  }
  if (!flag.value) {
    const message = `${what}: it has no value (type=<type>,target=<path>,…)`
    reportError(input, { code: 'PARSE_BAD_MOUNT', message, range: flag.range })
    return false
  }
  const from = fields.find((field) => /^from=.*\$./i.test(field))
  if (from === undefined) return true
  reportError(input, {
    code: 'PARSE_VARIABLE_IN_FROM',
    message: `${what}: variables in "from" are not expanded (expected the name of a stage or image)`,
    range: flag.range,
    hint: 'Define a stage with FROM and a global ARG, and use its name here',
  })
  return false
}
