import { type ParseArgsConfig, parseArgs } from 'node:util'
import { didYouMean, parseGoBool, suggest } from '../../notation/index.ts'
import { CliError, usageError } from '../errors.ts'
import { hintForFlag } from './absent-flags.ts'
import type { Flag, FlagTable, FlagValues } from './flag-table.ts'

export interface ParsedFlags<T extends FlagTable> {
  readonly values: FlagValues<T>
  readonly positionals: readonly string[]
}

export interface ParseOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Flags end at the first positional argument: later ones belong to another command. */
  readonly flagsFirst?: boolean
  /** For hints. */
  readonly command?: NamedCommand
}

interface NamedCommand {
  readonly name: string
  /** The command line does not name it. */
  readonly isDefault: boolean
}

type Token = NonNullable<ReturnType<typeof parseArgs<ParseArgsConfig & { tokens: true }>>['tokens']>[number]
type Found = Map<string, string[]>

interface NamedFlags {
  readonly table: FlagTable
  readonly command: NamedCommand | undefined
  /** Every accepted long name → its name in the table. */
  readonly names: ReadonlyMap<string, string>
}

/** Parses flags by the rules of Go's pflag. Throws CLI_USAGE for unknown flags. */
export function parseFlags<T extends FlagTable>(
  table: T,
  args: readonly string[],
  options: ParseOptions,
): ParsedFlags<T> {
  const flags = { table, names: longNames(table), command: options.command }
  const { tokens, rest } = readTokens(flags, args, options.flagsFirst === true)
  const found: Found = new Map()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    else if (token.kind === 'option') take(token, flags, found)
  }
  const values = Object.fromEntries(
    Object.entries(table).map(([name, flag]) => [
      name,
      finalValue(name, flag, { given: found.get(name), env: options.env }),
    ]),
  )
  return { values: values as FlagValues<T>, positionals: [...positionals, ...rest] }
}

/** Tokens up to the end of the flags, and the arguments after it. */
function readTokens(
  flags: NamedFlags,
  args: readonly string[],
  flagsFirst: boolean,
): { tokens: Token[]; rest: readonly string[] } {
  const all = tokenize(flags, args)
  const end = flagsFirst ? all.findIndex((token) => token.kind === 'positional') : -1
  const first = all[end]
  const tokens = end < 0 ? all : all.slice(0, end)
  const assigned = tokens.find((token) => token.kind === 'option' && token.rawName === '-=')
  if (assigned !== undefined) return readTokens(flags, spellOut(flags, args, assigned.index), flagsFirst)
  return { tokens, rest: first === undefined ? [] : args.slice(first.index) }
}

function tokenize({ table, names }: NamedFlags, args: readonly string[]): Token[] {
  const options = Object.fromEntries(
    [...names].map(([long, name]) => {
      const flag = table[name]
      const type = flag?.kind === 'bool' || flag?.bare !== undefined ? ('boolean' as const) : ('string' as const)
      return [long, long === name && flag?.short !== undefined ? { type, short: flag.short } : { type }]
    }),
  )
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens
}

/** `-dq=false` means `-d --quiet=false`; parseArgs would parse `=`, `f`, `a`… as flags. */
function spellOut(flags: NamedFlags, args: readonly string[], index: number): string[] {
  const group = args[index] ?? ''
  const equals = group.indexOf('=')
  const short = group[equals - 1] ?? ''
  const name = Object.keys(flags.table).find((candidate) => flags.table[candidate]?.short === short)
  if (name === undefined) throw unknownFlag(`-${short}`, flags)
  const before = group.slice(0, equals - 1)
  const replaced = [...(before === '-' ? [] : [before]), `--${name}${group.slice(equals)}`]
  return [...args.slice(0, index), ...replaced, ...args.slice(index + 1)]
}

function take(token: Extract<Token, { kind: 'option' }>, flags: NamedFlags, found: Found): void {
  const { table, names } = flags
  const name = names.get(token.name)
  const flag = name === undefined ? undefined : table[name]
  if (name === undefined || flag === undefined) throw unknownFlag(token.rawName, flags)
  const value =
    flag.kind === 'bool' ? String(readBool(token.rawName, token.value ?? 'true')) : (token.value ?? flag.bare)
  if (value === undefined)
    throw usageError(
      `Cannot read "${token.rawName}": the value is missing (expected ${token.rawName} ${flag.value ?? 'string'})`,
    )
  const isShort = !token.rawName.startsWith('--')
  const plain = isShort && token.inlineValue === true && value.startsWith('=') ? value.slice(1) : value
  if (flag.isNeverEmpty && plain === '')
    throw usageError(`Cannot read "${token.rawName}": the value is empty (expected a ${flag.value ?? 'string'})`)
  if (flag.ignoresEmpty && plain === '') {
    if (flag.kind !== 'list') found.delete(name)
    return
  }
  checkRefused(token.rawName, flag, plain)
  checkChoice(token.rawName, flag, plain)
  found.set(name, flag.kind === 'list' ? [...(found.get(name) ?? []), plain] : [plain])
}

function finalValue(
  name: string,
  flag: Flag,
  { given, env }: { readonly given: readonly string[] | undefined; readonly env: ParseOptions['env'] },
): boolean | string | readonly string[] | undefined {
  const fromEnv = flag.env === undefined ? undefined : env[flag.env]
  const otherwise = fromEnv === undefined || fromEnv === '' ? undefined : fromEnv
  if (flag.kind === 'list') return given ?? otherwise?.split(',') ?? []
  const text = given?.at(-1) ?? otherwise ?? flag.default
  if (flag.kind === 'bool') return text !== undefined && readBool(given ? `--${name}` : (flag.env ?? name), text)
  if (text !== undefined && given === undefined) checkChoice(flag.env ?? `--${name}`, flag, text)
  return text
}

function readBool(name: string, text: string): boolean {
  const found = parseGoBool(text)
  if (found !== undefined) return found
  throw usageError(`Cannot read "${name}": invalid value "${text}" (expected true or false)`)
}

function checkRefused(name: string, { kind, refused }: Flag, value: string): void {
  if (refused === undefined || refused.harmless.includes(value) || (kind === 'bool' && value === 'false')) return
  throw new CliError('CLI_UNSUPPORTED', `Cannot use "${name}": ${refused.reason}`)
}

function checkChoice(name: string, flag: Flag, value: string): void {
  if (flag.choices === undefined || flag.choices.includes(value)) return
  throw usageError(
    `Cannot read "${name}": invalid value "${value}" (expected ${flag.choices.join(', ')})`,
    didYouMean(value, flag.choices),
  )
}

function unknownFlag(raw: string, { table, command }: NamedFlags): Error {
  const near = raw.startsWith('--') ? suggest(raw.slice(2), visibleNames(table)) : undefined
  const otherwise = near === undefined ? command && whereToLook(command) : `Did you mean "--${near}"?`
  return usageError(`Cannot use "${raw}": unknown flag`, hintForFlag(raw, command?.name) ?? otherwise)
}

function whereToLook({ name, isDefault }: NamedCommand): string {
  return isDefault
    ? 'Specify the command before its options; without one, tsbuild builds'
    : `See tsbuild ${name} --help`
}

function visibleNames(table: FlagTable): string[] {
  return Object.keys(table).filter((name) => table[name]?.hidden !== true)
}

function longNames(table: FlagTable): NamedFlags['names'] {
  return new Map(
    Object.entries(table).flatMap(([name, flag]) =>
      [name, ...(flag.aliases ?? [])].map((long) => [long, name] as const),
    ),
  )
}
