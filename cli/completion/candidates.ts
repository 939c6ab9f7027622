import { splitPair } from '../../notation/index.ts'
import type { Command, CommandEntry } from '../command.ts'
import { commandFamilies } from '../command-families.ts'
import { findCommand, findEntry, namesOf } from '../find-command.ts'
import { type Flag, type FlagTable, withGlobalFlags } from '../flags/flag-table.ts'

export interface Candidate {
  readonly word: string
  readonly description: string
}

/** Candidates at the cursor: words, or a kind that the caller looks up. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly Candidate[] }
  | { readonly kind: 'file' | 'directory' | 'image' | 'container' }

/** `words` are the typed words without the program's name; the last one, possibly empty, is to be completed. */
export async function completionOf(commands: readonly CommandEntry[], words: readonly string[]): Promise<Completion> {
  const before = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  const found = foundBy(commands, before)
  if (found === undefined) return { kind: 'words', words: [] }
  if (found.kind === 'help' && !current.startsWith('-'))
    return { kind: 'words', words: nextWords(commands, found.family, current) }
  const entry = found.kind === 'command' ? found.entry : findEntry(commands, 'build')
  const command = await entry?.load()
  if (command === undefined || entry === undefined) return { kind: 'words', words: [] }
  if (entry.name === 'help' && !current.startsWith('-'))
    return { kind: 'words', words: nextWords(commands, found.kind === 'command' ? found.args[0] : undefined, current) }
  return ofCommand(command, found.kind === 'command' ? found.args : [], current)
}

function foundBy(
  commands: readonly CommandEntry[],
  before: readonly string[],
): ReturnType<typeof findCommand> | undefined {
  try {
    return findCommand(commands, before)
  } catch {
    return undefined // unknown word: nothing to offer
  }
}

/** First words of commands, or the words after a family such as `image`. */
function nextWords(
  commands: readonly CommandEntry[],
  family: string | undefined,
  current: string,
): readonly Candidate[] {
  const prefix = family === undefined ? '' : `${family} `
  const words = namesOf(commands)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length).split(' ')[0] ?? '')
  return [...new Set(words)]
    .filter((word) => word.startsWith(current))
    .sort()
    .map((word) => ({ word, description: summaryOf(commands, prefix, word) }))
}

function summaryOf(commands: readonly CommandEntry[], prefix: string, word: string): string {
  const entry = findEntry(commands, `${prefix}${word}`)
  if (entry !== undefined) return entry.summary
  return Object.hasOwn(commandFamilies, word) ? (commandFamilies[word] ?? '') : ''
}

function ofCommand(command: Command, args: readonly string[], current: string): Completion {
  const table = withGlobalFlags(command.flags)
  const valued = flagAwaiting(table, args.at(-1))
  if (valued !== undefined) return valuesOf(valued, '', current)
  const [name = '', value] = splitPair(current)
  const named = name.startsWith('--') ? flagNamed(table, name.slice(2)) : undefined
  if (value !== undefined && named !== undefined) return valuesOf(named, `${name}=`, value)
  if (current.startsWith('-')) return { kind: 'words', words: flagWords(table, current) }
  return command.completes === undefined ? { kind: 'words', words: [] } : { kind: command.completes }
}

/** The flag whose value comes next, if the last word is a flag without a value. */
function flagAwaiting(table: FlagTable, last: string | undefined): Flag | undefined {
  if (last === undefined || !last.startsWith('-') || last.includes('=')) return undefined
  const flag = last.startsWith('--')
    ? flagNamed(table, last.slice(2))
    : Object.values(table).find((candidate) => candidate.short === last.at(-1))
  return flag?.kind === 'bool' || flag?.bare !== undefined ? undefined : flag
}

function flagNamed(table: FlagTable, name: string): Flag | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

function valuesOf(flag: Flag, before: string, current: string): Completion {
  if (flag.choices === undefined)
    return flag.completes === undefined ? { kind: 'words', words: [] } : { kind: flag.completes }
  const words = flag.choices.filter((choice) => choice.startsWith(current))
  return { kind: 'words', words: words.map((word) => ({ word: `${before}${word}`, description: '' })) }
}

function flagWords(table: FlagTable, current: string): readonly Candidate[] {
  return Object.entries(table)
    .filter(([name, flag]) => flag.hidden !== true && `--${name}`.startsWith(current))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => ({ word: `--${name}`, description: flag.help }))
}
