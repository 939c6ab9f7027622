import { defineCommand } from '../command.ts'
import { findCommand } from '../find-command.ts'
import { commandHelp } from '../help/command-help.ts'
import { helpColumns } from '../help/help-columns.ts'
import { familyHelp, mainHelp } from '../help/main-help.ts'

export const help = defineCommand({
  usage: '[COMMAND]',
  flags: {},
  positionals: { min: 0, max: 2 },
  async run({ io, positionals }) {
    const found = findCommand(positionals)
    const columns = helpColumns(io)
    if (found.kind === 'command') io.stdout.write(commandHelp(found.entry.name, await found.entry.load(), columns))
    else io.stdout.write(found.family === undefined ? mainHelp(columns) : familyHelp(found.family, columns))
    return 0
  },
})
