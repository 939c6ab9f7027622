import { splitPair, suggest } from '../notation/index.ts'
import { hintForWord } from './absent-commands.ts'
import type { CommandEntry } from './command.ts'
import { commandFamilies } from './command-families.ts'
import { usageError } from './errors.ts'

export type FoundCommand =
  | {
      readonly kind: 'command'
      readonly entry: CommandEntry
      readonly args: readonly string[]
      /** No command is named; it is the default one. */
      readonly isDefault?: boolean
    }
  /** For all commands, or for those of one family. */
  | { readonly kind: 'help'; readonly family?: string }

/** The command of a command line; the default is `build`, so that `tsbuild -t x .` builds. */
export function findCommand(commands: readonly CommandEntry[], args: readonly string[]): FoundCommand {
  const leading = countGlobalFlags(args)
  const globals = args.slice(0, leading)
  const rest = args.slice(leading)
  const [first, second, third] = rest
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'help' }
  if (first === '--version' || first === '-v') return command(commands, 'version', [...globals, ...rest.slice(1)])
  const triple = third === undefined ? undefined : findEntry(commands, `${first} ${second} ${third}`)
  if (triple !== undefined) return { kind: 'command', entry: triple, args: [...globals, ...rest.slice(3)] }
  const pair = second === undefined ? undefined : findEntry(commands, `${first} ${second}`)
  if (pair !== undefined) return { kind: 'command', entry: pair, args: [...globals, ...rest.slice(2)] }
  const single = findEntry(commands, first)
  if (single !== undefined) return { kind: 'command', entry: single, args: [...globals, ...rest.slice(1)] }
  if (Object.hasOwn(commandFamilies, `${first} ${second}`)) return familyOf(commands, `${first} ${second}`, third)
  if (Object.hasOwn(commandFamilies, first)) return familyOf(commands, first, second)
  if (first.startsWith('-') || isContext(first)) return { ...command(commands, 'build', args), isDefault: true }
  throw unknown(first, namesOf(commands))
}

/** By name or alias. */
export function findEntry(commands: readonly CommandEntry[], name: string): CommandEntry | undefined {
  return commands.find((entry) => entry.name === name || entry.aliases?.includes(name) === true)
}

function command(commands: readonly CommandEntry[], name: string, args: readonly string[]) {
  const entry = findEntry(commands, name)
  if (entry === undefined) throw new Error(`the command table lacks ${name}`)
  return { kind: 'command' as const, entry, args }
}

function familyOf(commands: readonly CommandEntry[], family: string, second: string | undefined): FoundCommand {
  if (second === undefined || second === '--help' || second === '-h') return { kind: 'help', family }
  const candidates = namesOf(commands)
    .filter((name) => name.startsWith(`${family} `))
    .map((name) => name.slice(family.length + 1).split(' ')[0] ?? '')
  throw unknown(second, candidates, `${family} `)
}

function unknown(word: string, candidates: readonly string[], family = ''): Error {
  const near = suggest(word, candidates)
  const words = `${family}${word}`
  const see = `tsbuild ${family}--help`
  const hint = hintForWord(words) ?? (near === undefined ? `See ${see}` : `Did you mean "${near}"? See ${see}`)
  return usageError(`Cannot run "tsbuild ${words}": no such command`, hint)
}

/** Names and aliases of commands that are not hidden. */
export function namesOf(commands: readonly CommandEntry[]): string[] {
  return commands.filter((entry) => entry.hidden !== true).flatMap((entry) => [entry.name, ...(entry.aliases ?? [])])
}

/** Number of leading arguments that are global flags. */
function countGlobalFlags(args: readonly string[]): number {
  let index = 0
  while (index < args.length) {
    const [name, value] = splitPair(args[index] ?? '')
    if (name === '-D' || name === '--debug') index += 1
    else if (name === '--root' || name === '--insecure-registry') index += value === undefined ? 2 : 1
    else break
  }
  return Math.min(index, args.length)
}

/** A word that can only be a build context. */
function isContext(word: string): boolean {
  return word === '.' || word.includes('/') || word.startsWith('.')
}
