import { suggest } from '../../notation/index.ts'
import type { Flag, RunInstruction } from '../ast.ts'
import { parseCommandForm, refuseEmptyExec } from './command-form.ts'
import { parseFlags } from './flags.ts'
import { baseFields, type InstructionInput, reportError } from './instruction-input.ts'
import { parseDevices } from './run-device.ts'
import { areMountsRight } from './run-mount.ts'

const FLAGS = { mount: 'list', network: 'value', security: 'value', device: 'list' } as const

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  network: ['default', 'none', 'host'],
  security: ['sandbox', 'insecure'],
}

/** SPEC: dockerfile reference#run. */
export function parseRun(input: InstructionInput): RunInstruction | undefined {
  const flags = parseFlags(input, FLAGS)
  const form = parseCommandForm(input, input.raw.arguments)
  const command = form && refuseEmptyExec(input, form)
  if (flags === undefined || command === undefined) return undefined
  const chosen = flags.map((flag) => isChoiceRight(input, flag))
  if (!areMountsRight(input, flags) || chosen.includes(false)) return undefined
  const devices = parseDevices(input, flags)
  if (devices === undefined) return undefined
  const deviceFields = devices.length > 0 && { devices }
  return { kind: 'run', ...baseFields(input), flags, ...deviceFields, command, heredocs: input.heredocs }
}

function isChoiceRight(input: InstructionInput, flag: Flag): boolean {
  const choices = Object.hasOwn(CHOICES, flag.name) ? CHOICES[flag.name] : undefined
  const value = flag.value ?? ''
  if (choices === undefined || choices.includes(value)) return true
  const near = suggest(value, choices)
  reportError(input, {
    code: 'PARSE_FLAG_VALUE',
    message: `Cannot use the flag "--${flag.name}=${value}": unknown ${flag.name} mode (expected ${choices.join(', ')})`,
    range: flag.range,
    ...(near !== undefined && { hint: `Did you mean "--${flag.name}=${near}"?` }),
  })
  return false
}
