import { defineCommand } from '../command.ts'
import { findCommand } from '../find-command.ts'
import { commandHelp } from '../help/command-help.ts'
import { familyHelp, mainHelp } from '../help/main-help.ts'

export const help = defineCommand({
  usage: '[COMMAND]',
  flags: {},
  positionals: { min: 0, max: 2 },
  async run({ io, positionals }) {
    const found = findCommand(positionals)
    if (found.kind === 'help') io.stdout.write(found.family === undefined ? mainHelp() : familyHelp(found.family))
    else io.stdout.write(commandHelp(found.entry.name, await found.entry.load()))
    return 0
  },
})
