import { didYouMean } from '../../notation/index.ts'
import type { Flag } from '../ast.ts'
import { flagPayload } from '../grammar/match-flag.ts'
import { type InstructionInput, nameOf, reportError, tokenRange } from './instruction-input.ts'

/** How a flag may be given: `switch` alone or with true/false, `value` once, `list` repeatedly. */
export type FlagKind = 'switch' | 'value' | 'list'
export type FlagTable = Readonly<Record<string, FlagKind>>

/** The flags of an instruction, checked against the table; undefined after an error. */
export function parseFlags(input: InstructionInput, table: FlagTable): readonly Flag[] | undefined {
  const flags = writtenFlags(input)
  const seen = new Set<string>()
  let isRight = true
  for (const flag of flags) {
    if (!isFlagRight(input, flag, { table, seen })) isRight = false
    seen.add(flag.name)
  }
  return isRight ? flags : undefined
}

/** SPEC: BuildKit accepts and ignores any flag here; so do we, with a warning. */
export function ignoreFlags(input: InstructionInput): void {
  for (const flag of writtenFlags(input)) {
    const what = `Cannot use the flag "--${flag.name}": it has no effect here`
    input.report({ code: 'PARSE_IGNORED_FLAG', severity: 'warning', message: what, range: flag.range })
  }
}

function writtenFlags(input: InstructionInput): readonly Flag[] {
  return input.raw.flags.map((token) => {
    const { name, value } = flagPayload(token)
    return { name, ...(value !== undefined && { value }), range: tokenRange(input, token) }
  })
}

function isFlagRight(
  input: InstructionInput,
  flag: Flag,
  { table, seen }: { readonly table: FlagTable; readonly seen: ReadonlySet<string> },
): boolean {
  const instruction = nameOf(input)
  const at = { range: flag.range }
  const what = `Cannot use the flag "--${flag.name}"`
  const kind = Object.hasOwn(table, flag.name) ? table[flag.name] : undefined
  if (kind === undefined) {
    const known = Object.keys(table)
    const needed = known.length === 0 ? 'no flags' : known.map((name) => `--${name}`).join(', ')
    const hint = didYouMean(
      `--${flag.name}`,
      known.map((name) => `--${name}`),
    )
    const message = `${what}: ${instruction} has no such flag (expected ${needed})`
    reportError(input, { code: 'PARSE_UNKNOWN_FLAG', message, ...at, ...(hint !== undefined && { hint }) })
    return false
  }
  if (seen.has(flag.name) && kind !== 'list') {
    reportError(input, {
      code: 'PARSE_DUPLICATE_FLAG',
      message: `${what}: already given (expected once per ${instruction})`,
      ...at,
    })
    return false
  }
  return hasRightValue(input, flag, kind)
}

function hasRightValue(input: InstructionInput, flag: Flag, kind: FlagKind): boolean {
  const at = { range: flag.range }
  const what = `Cannot use the flag "--${flag.name}"`
  if (kind !== 'switch') {
    if (flag.value !== undefined) return true
    reportError(input, {
      code: 'PARSE_FLAG_VALUE',
      message: `${what}: it has no value (--${flag.name}=<value>)`,
      ...at,
    })
    return false
  }
  if (flag.value === undefined || /^(?:true|false)$/i.test(flag.value)) return true
  const found = flag.value === '' ? 'its value is empty' : `its value is "${flag.value}"`
  reportError(input, { code: 'PARSE_FLAG_VALUE', message: `${what}: ${found} (expected true or false)`, ...at })
  return false
}
