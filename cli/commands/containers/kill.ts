import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { echoEachName } from '../../each-name.ts'

export const kill = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: { signal: { kind: 'string', short: 's', default: 'KILL', help: 'Signal to send' } },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  async run(call) {
    const containers = await containersOf(call)
    return echoEachName(call, (name) => containers.kill(name, call.values.signal))
  },
})
