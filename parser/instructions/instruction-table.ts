import { didYouMean } from '../../notation/index.ts'
import type { Instruction, StageInstruction } from '../ast.ts'
import { parseCmd, parseEntrypoint, parseShell } from './command.ts'
import { parseAdd, parseCopy } from './copy.ts'
import { parseFrom } from './from.ts'
import { parseHealthcheck } from './healthcheck.ts'
import { type InstructionInput, reportError, tokenRange } from './instruction-input.ts'
import { parseOnbuild } from './onbuild.ts'
import { parseArg, parseEnv, parseLabel } from './pairs.ts'
import { parseRun } from './run.ts'
import { parseExpose, parseMaintainer, parseStopsignal, parseUser, parseVolume, parseWorkdir } from './settings.ts'

type Parse = (input: InstructionInput) => Instruction | undefined

const TABLE: { readonly [Kind in Instruction['kind']]: Parse } = {
  from: parseFrom,
  arg: parseArg,
  env: parseEnv,
  label: parseLabel,
  run: parseRun,
  copy: parseCopy,
  add: parseAdd,
  cmd: parseCmd,
  entrypoint: parseEntrypoint,
  shell: parseShell,
  expose: parseExpose,
  volume: parseVolume,
  user: parseUser,
  workdir: parseWorkdir,
  stopsignal: parseStopsignal,
  healthcheck: parseHealthcheck,
  onbuild: (input) => parseOnbuild(input, parseTrigger),
  maintainer: parseMaintainer,
}

const INSTRUCTION_NAMES: readonly string[] = Object.keys(TABLE).map((name) => name.toUpperCase())

/** The typed instruction; undefined if it is invalid, which is reported. */
export function parseTypedInstruction(input: InstructionInput): Instruction | undefined {
  const written = input.raw.keyword.image
  const name = written.toLowerCase()
  if (isKind(name)) return TABLE[name](input)
  const message = `Cannot parse "${excerpt(written)}": unknown instruction`
  const hint = didYouMean(written, INSTRUCTION_NAMES)
  return reportError(input, {
    code: 'PARSE_UNKNOWN_INSTRUCTION',
    message,
    range: tokenRange(input, input.raw.keyword),
    ...(hint !== undefined && { hint }),
  })
}

function parseTrigger(input: InstructionInput): StageInstruction | undefined {
  const instruction = parseTypedInstruction(input)
  return instruction?.kind === 'from' ? undefined : instruction
}

function isKind(name: string): name is Instruction['kind'] {
  return Object.hasOwn(TABLE, name)
}

function excerpt(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}…` : word
}
