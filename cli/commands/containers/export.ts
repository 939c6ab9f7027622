import { createWriteStream } from 'node:fs'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { archiveOutput, archiveOutputFlag } from '../../terminal/archive-output.ts'

export const exportContainer = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  flags: {
    output: archiveOutputFlag,
  },
  positionals: { min: 1, max: 1 },
  completes: 'container',
  async run(call) {
    const { io, values, positionals } = call
    const place = archiveOutput(io, values.output)
    const output = typeof place === 'string' ? createWriteStream(place) : place
    await (await containersOf(call)).export(positionals[0] ?? '', output)
    return 0
  },
})
