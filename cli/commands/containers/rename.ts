import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'

export const rename = defineCommand({
  usage: 'CONTAINER NEW_NAME',
  flags: {},
  positionals: { min: 2, max: 2 },
  completes: 'container',
  async run(call) {
    const [container = '', name = ''] = call.positionals
    const containers = await containersOf(call)
    await containers.rename(container, name)
    return 0
  },
})
