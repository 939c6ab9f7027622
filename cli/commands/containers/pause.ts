import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { echoEachName } from '../../each-name.ts'

export const pause = freezeCommand('pause')
export const unpause = freezeCommand('unpause')

function freezeCommand(action: 'pause' | 'unpause') {
  return defineCommand({
    usage: 'CONTAINER [CONTAINER...]',
    flags: {},
    positionals: { min: 1, max: Number.POSITIVE_INFINITY },
    completes: 'container',
    async run(call) {
      const containers = await containersOf(call)
      return echoEachName(call, (name) => containers[action](name))
    },
  })
}
