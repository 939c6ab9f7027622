import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { echoEachName } from '../../each-name.ts'

export const volumeRm = defineCommand({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  flags: { force: { kind: 'bool', short: 'f', help: 'Ignore missing volumes and remove damaged ones' } },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  async run(call) {
    const { volumes } = await containersOf(call)
    return echoEachName(call, (name) => volumes.remove(name, { force: call.values.force }))
  },
})
