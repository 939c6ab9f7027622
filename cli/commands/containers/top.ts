import { cleanText } from '../../../builder/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { alignColumns } from '../../output/align-columns.ts'

/** SPEC: docker/cli container/top.go. */
const COLUMN_WIDTH = 20

export const top = defineCommand({
  usage: 'CONTAINER [PS OPTIONS]',
  flags: {},
  flagsFirst: true,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  async run(call) {
    const [name = '', ...psOptions] = call.positionals
    const { titles, processes } = await (await containersOf(call)).top(name, psOptions)
    // SECURITY: a process's title must not control the terminal.
    const lines = [titles, ...processes].map((row) =>
      row.map((cell) => cleanText(cell).replace(/[\t\n]/g, ' ')).join('\t'),
    )
    call.io.stdout.write(alignColumns(lines, COLUMN_WIDTH))
    return 0
  },
})
