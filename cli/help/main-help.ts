import type { CommandEntry } from '../command.ts'
import { commandFamilies } from '../command-families.ts'
import { wrap } from './wrap.ts'

const ABOUT =
  'Build container images from Dockerfiles, run them and push them, with no daemon and no root. The default command is build: tsbuild -t name .'

/** Output of `tsbuild` without arguments. */
export function mainHelp(commands: readonly CommandEntry[], columns: number): string {
  const groups = [...new Set(commands.map((entry) => entry.group))]
  const blocks = groups.map((group) => {
    const entries = commands.filter((entry) => entry.group === group && entry.hidden !== true)
    return `${group}:\n${listing(entries, '', columns)}`
  })
  return [
    'Usage: tsbuild [COMMAND] [OPTIONS]',
    wrap('', ABOUT, columns),
    ...blocks,
    `${wrap('', 'Run "tsbuild COMMAND --help" for more about a command.', columns)}\n`,
  ].join('\n\n')
}

/** Output of `tsbuild image`. */
export function familyHelp(commands: readonly CommandEntry[], family: string, columns: number): string {
  const entries = commands.filter((entry) =>
    [entry.name, ...(entry.aliases ?? [])].some((name) => name.startsWith(`${family} `)),
  )
  const about = Object.hasOwn(commandFamilies, family) ? commandFamilies[family] : ''
  return `Usage: tsbuild ${family} COMMAND\n\n${about}\n\nCommands:\n${listing(entries, `${family} `, columns)}\n`
}

function listing(entries: readonly CommandEntry[], prefix: string, columns: number): string {
  const rows = entries.map((entry) => {
    const name = [entry.name, ...(entry.aliases ?? [])].find((candidate) => candidate.startsWith(prefix)) ?? entry.name
    return { name: name.slice(prefix.length), summary: entry.summary }
  })
  const width = Math.max(...rows.map((row) => row.name.length)) + 3
  return rows.map((row) => wrap(`  ${row.name.padEnd(width)}`, row.summary, columns)).join('\n')
}
