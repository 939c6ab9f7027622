import { parseGoBool, splitCsv, splitField } from '../../notation/index.ts'
import type { Flag, RunDevice } from '../ast.ts'
import { type InstructionInput, reportError } from './instruction-input.ts'

/**
 * SPEC: BuildKit's ParseDevice: no variables; a device is optional unless marked `required`. Undefined after an error.
 */
export function parseDevices(input: InstructionInput, flags: readonly Flag[]): readonly RunDevice[] | undefined {
  const written = flags.filter(({ name }) => name === 'device')
  const devices = written.flatMap((flag) => parseDevice(input, flag) ?? [])
  return devices.length === written.length ? devices : undefined
}

function parseDevice(input: InstructionInput, flag: Flag): RunDevice | undefined {
  if (flag.value === '') return refuse(input, flag, 'no name')
  const fields = splitCsv(flag.value ?? '')
  if (fields === undefined) return refuse(input, flag, 'unterminated quoted field')
  let device: RunDevice = { name: '', required: false }
  for (const field of fields) {
    const changed = withField(device, field)
    if (typeof changed === 'string') return refuse(input, flag, changed)
    device = changed
  }
  return device
}

/** Returns the device with the field set, or a text describing what is wrong with it. */
function withField(device: RunDevice, field: string): RunDevice | string {
  const [key, value] = splitField(field)
  if (key === 'required') {
    const required = value === undefined ? true : parseGoBool(value)
    return required === undefined ? `invalid value "${value}" of required` : { ...device, required }
  }
  if (device.name === '') return { ...device, name: key === 'name' && value !== undefined ? value : field }
  return key === 'name' ? `it already names the device "${device.name}"` : `unknown field "${field}"`
}

function refuse(input: InstructionInput, flag: Flag, found: string): undefined {
  const message = `Cannot use the flag "--device=${flag.value ?? ''}": ${found} (expected [name=]vendor.com/class=name[,required])`
  reportError(input, { code: 'PARSE_FLAG_VALUE', message, range: flag.range })
}
