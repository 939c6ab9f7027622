import type {
  ExposeInstruction,
  MaintainerInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from '../ast.ts'
import { trimBlanks } from '../source/blanks.ts'
import { parseOneText, parseWordList, reportMissing } from './arguments.ts'
import { ignoreFlags, parseFlags } from './flags.ts'
import { baseFields, type InstructionInput, reportError } from './instruction-input.ts'

/** SPEC: dockerfile reference#expose. */
export function parseExpose(input: InstructionInput): ExposeInstruction | undefined {
  const ports = parseFlags(input, {}) && parseWordList(input)
  if (ports === undefined) return undefined
  if (ports.length === 0) return reportMissing(input, '<port>[/<protocol>]')
  return { kind: 'expose', ...baseFields(input), ports }
}

/** SPEC: dockerfile reference#volume. */
export function parseVolume(input: InstructionInput): VolumeInstruction | undefined {
  const paths = parseFlags(input, {}) && parseWordList(input)
  if (paths === undefined) return undefined
  if (paths.length === 0) return reportMissing(input, '<path>')
  const empty = paths.find(({ text }) => trimBlanks(text) === '')
  if (empty !== undefined) {
    const message = 'Cannot use "VOLUME": a path is empty'
    return reportError(input, { code: 'PARSE_MISSING_ARGUMENT', message, range: empty.range })
  }
  return {
    kind: 'volume',
    ...baseFields(input),
    paths: paths.map((path) => ({ ...path, text: trimBlanks(path.text) })),
  }
}

/** SPEC: dockerfile reference#user. */
export function parseUser(input: InstructionInput): UserInstruction | undefined {
  const user = parseFlags(input, {}) && parseOneText(input, '<user>[:<group>]')
  return user && { kind: 'user', ...baseFields(input), user }
}

/** SPEC: dockerfile reference#workdir. */
export function parseWorkdir(input: InstructionInput): WorkdirInstruction | undefined {
  const path = parseFlags(input, {}) && parseOneText(input, '<path>')
  return path && { kind: 'workdir', ...baseFields(input), path }
}

/** SPEC: dockerfile reference#stopsignal. */
export function parseStopsignal(input: InstructionInput): StopsignalInstruction | undefined {
  ignoreFlags(input)
  const signal = parseOneText(input, 'the name or number of a signal')
  return signal && { kind: 'stopsignal', ...baseFields(input), signal }
}

/** SPEC: dockerfile reference#maintainer-deprecated. */
export function parseMaintainer(input: InstructionInput): MaintainerInstruction | undefined {
  const name = parseFlags(input, {}) && parseOneText(input, '<name>')
  return name && { kind: 'maintainer', ...baseFields(input), name: name.text }
}
