import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { inspectEach } from '../../output/inspect-each.ts'
import { inspectFlags } from '../../output/list-flags.ts'
import { inspectVolume } from '../../volumes/describe-volume.ts'

export const volumeInspect = defineCommand({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  flags: inspectFlags,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  async run(call) {
    const { volumes } = await containersOf(call)
    return inspectEach(call, call.values.format, async (name) => inspectVolume(await volumes.get(name)))
  },
})
