import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { eachContainer } from '../each-name.ts'

const ofContainers = {
  usage: 'CONTAINER [CONTAINER...]',
  flags: {},
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
} as const

export const pause = defineCommand({
  ...ofContainers,
  async run(call) {
    const containers = await containersOf(call)
    return eachContainer(call, (name) => containers.pause(name))
  },
})

export const unpause = defineCommand({
  ...ofContainers,
  async run(call) {
    const containers = await containersOf(call)
    return eachContainer(call, (name) => containers.unpause(name))
  },
})
