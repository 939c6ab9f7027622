import { cleanText } from '../../builder/index.ts'
import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { alignColumns } from '../output/align-columns.ts'

export const top = defineCommand({
  usage: 'CONTAINER',
  flags: {},
  positionals: { min: 1, max: 1 },
  completes: 'container',
  async run(call) {
    const { titles, processes } = await (await containersOf(call)).top(call.positionals[0] ?? '')
    // SECURITY: what a process calls itself must not steer the terminal.
    const lines = [titles, ...processes].map((row) =>
      row.map((cell) => cleanText(cell).replace(/[\t\n]/g, ' ')).join('\t'),
    )
    call.io.stdout.write(alignColumns(lines))
    return 0
  },
})
