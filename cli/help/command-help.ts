import type { Command, CommandEntry } from '../command.ts'
import { type FlagTable, globalFlags } from '../flags/flag-table.ts'
import { wrap } from './wrap.ts'

/** The help of a command, generated from its flag table, wrapped to `columns`. */
export function commandHelp(entry: CommandEntry, command: Command, columns: number): string {
  const { name, aliases = [], summary } = entry
  const own = flagLines(command.flags, columns)
  const blocks = [
    `Usage: tsbuild ${`${name} ${command.usage}`.trim()}`,
    wrap('', summary, columns),
    aliases.length === 0
      ? ''
      : `Aliases:\n${wrap('  ', aliases.map((alias) => `tsbuild ${alias}`).join(', '), columns)}`,
    own.length === 0 ? '' : `Options:\n${own.join('\n')}`,
    `Global options:\n${flagLines(globalFlags, columns, command.flags).join('\n')}`,
    (command.notes ?? '')
      .split('\n')
      .map((paragraph) => wrap('', paragraph, columns))
      .join('\n'),
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

/** `  -t, --tag list   Name …`, in alphabetical order, without the flags in `except`. */
function flagLines(table: FlagTable, columns: number, except: FlagTable = {}): string[] {
  const taken = new Set(Object.values(except).map((flag) => flag.short))
  const rows = Object.entries(table)
    .filter(([name, flag]) => flag.hidden !== true && !Object.hasOwn(except, name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => {
      const short = flag.short === undefined || taken.has(flag.short) ? '   ' : `-${flag.short},`
      const value =
        flag.kind === 'bool'
          ? ''
          : flag.bare !== undefined
            ? `[=${flag.value}]`
            : ` ${flag.value ?? (flag.kind === 'list' ? 'list' : 'string')}`
      return { left: `  ${short} --${name}${value}`, right: describe(flag) }
    })
  const width = Math.max(...rows.map((row) => row.left.length)) + 3
  return rows.map((row) => wrap(row.left.padEnd(width), row.right, columns))
}

function describe(flag: FlagTable[string]): string {
  const shown = flag.default ?? flag.shownDefault
  const more = [
    flag.choices === undefined ? undefined : [...new Set(flag.choices.map((one) => one.toLowerCase()))].join(', '),
    shown === undefined ? undefined : `default ${shown}`,
    flag.env === undefined ? undefined : `or ${flag.env}`,
  ].filter((part) => part !== undefined)
  return more.length === 0 ? flag.help : `${flag.help} (${more.join('; ')})`
}
