import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { eachContainer } from '../each-name.ts'

export const rm = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    force: { kind: 'bool', short: 'f', help: 'Kill it first if it runs' },
    volumes: { kind: 'bool', short: 'v', help: 'Remove its anonymous volumes too' },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  async run(call) {
    const { force, volumes } = call.values
    const containers = await containersOf(call)
    return eachContainer(call, (name) => containers.remove(name, { force, volumes }))
  },
})
