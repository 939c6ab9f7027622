import { didYouMean, parseGoDuration } from '../../notation/index.ts'
import type { Flag, HealthcheckInstruction } from '../ast.ts'
import { reportMissing } from './arguments.ts'
import { parseCommandForm } from './command-form.ts'
import { ignoreFlags, parseFlags } from './flags.ts'
import { baseFields, type InstructionInput, reportError, tokenRange } from './instruction-input.ts'

const FLAGS = {
  interval: 'value',
  timeout: 'value',
  'start-period': 'value',
  'start-interval': 'value',
  retries: 'value',
} as const

const MILLISECOND_NS = 1_000_000

/** SPEC: dockerfile reference#healthcheck. */
export function parseHealthcheck(input: InstructionInput): HealthcheckInstruction | undefined {
  const from = input.raw.arguments
  if (from.shape !== 'healthcheck') return refuseType(input)
  if (from.type.tokenType.name === 'HealthcheckNone') return parseNone(input)
  const flags = parseFlags(input, FLAGS)
  const command = parseCommandForm(input, from.rest)
  if (flags === undefined || command === undefined) return undefined
  if (command.form === 'exec' ? command.argv.length === 0 : command.text === '') {
    return reportMissing(input, 'a command after CMD')
  }
  const right = flags.map((flag) => isFlagRight(input, flag))
  return right.includes(false) ? undefined : { kind: 'healthcheck', ...baseFields(input), flags, command }
}

function parseNone(input: InstructionInput): HealthcheckInstruction | undefined {
  const from = input.raw.arguments
  const more = from.shape === 'healthcheck' && from.rest.shape === 'words' ? from.rest.words[0] : undefined
  if (more !== undefined) {
    const message = `Cannot use "HEALTHCHECK NONE": unexpected "${more.image}"`
    return reportError(input, { code: 'PARSE_BAD_HEALTHCHECK', message, range: tokenRange(input, more) })
  }
  ignoreFlags(input)
  return { kind: 'healthcheck', ...baseFields(input), flags: [] }
}

function refuseType(input: InstructionInput): undefined {
  const from = input.raw.arguments
  const type = from.shape === 'words' ? from.words[0] : undefined
  if (type === undefined) return reportMissing(input, 'CMD and a command, or NONE')
  const message = `Cannot use "HEALTHCHECK ${type.image}": unknown type (expected CMD and a command, or NONE)`
  const hint = didYouMean(type.image, ['CMD', 'NONE']) ?? 'Put CMD before the command'
  return reportError(input, { code: 'PARSE_BAD_HEALTHCHECK', message, range: tokenRange(input, type), hint })
}

/** SPEC: an empty value counts as absent; a time is zero or at least a millisecond; retries are not negative. */
function isFlagRight(input: InstructionInput, flag: Flag): boolean {
  const value = flag.value ?? ''
  if (value === '') return true
  if (flag.name === 'retries') {
    if (/^\+?\d+$/.test(value) && Number(value) <= 0x7fffffff) return true
    refuseValue(input, flag, 'a whole number of 0 or more')
    return false
  }
  const duration = parseGoDuration(value)
  if (duration !== undefined && (duration === 0 || duration >= MILLISECOND_NS)) return true
  refuseValue(input, flag, 'a time such as 30s, 1m30s or 500ms; 0, or at least 1ms')
  return false
}

function refuseValue(input: InstructionInput, flag: Flag, needed: string): void {
  const message = `Cannot use the flag "--${flag.name}=${flag.value}": invalid value (expected ${needed})`
  reportError(input, { code: 'PARSE_FLAG_VALUE', message, range: flag.range })
}
