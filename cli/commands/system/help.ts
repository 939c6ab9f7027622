import { defineCommand } from '../../command.ts'
import { findCommand } from '../../find-command.ts'
import { commandHelp } from '../../help/command-help.ts'
import { helpColumns } from '../../help/help-columns.ts'
import { familyHelp, mainHelp } from '../../help/main-help.ts'

export const help = defineCommand({
  usage: '[COMMAND]',
  flags: {},
  positionals: { min: 0, max: 2 },
  async run({ io, positionals, commands }) {
    const found = findCommand(commands, positionals)
    const columns = helpColumns(io)
    if (found.kind === 'command') io.stdout.write(commandHelp(found.entry, await found.entry.load(), columns))
    else
      io.stdout.write(
        found.family === undefined ? mainHelp(commands, columns) : familyHelp(commands, found.family, columns),
      )
    return 0
  },
})
