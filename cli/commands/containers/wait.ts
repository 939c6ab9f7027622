import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { eachName } from '../../each-name.ts'

export const wait = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  flags: {},
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  async run(call) {
    const containers = await containersOf(call)
    return eachName(call, async (name) => `${await containers.wait(name, call.interrupt.signal)}\n`)
  },
})
