import { toDestination } from '../../../images/index.ts'
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
    const destination = archiveOutput(io, values.output)
    const containers = await containersOf(call)
    const name = positionals[0] ?? ''
    // An existing file is kept until the complete archive replaces it.
    const { signal } = call.interrupt
    await toDestination(destination, (output) => containers.export(name, output, signal), signal)
    return 0
  },
})
