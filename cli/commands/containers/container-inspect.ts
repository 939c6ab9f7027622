import { defineCommand } from '../../command.ts'
import { containerDocument } from '../../containers/inspect-document.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { inspectEach } from '../../output/inspect-each.ts'
import { inspectFlags } from '../../output/list-flags.ts'

export const containerInspect = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: { ...inspectFlags, size: { kind: 'bool', short: 's', help: 'Show sizes' } },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  async run(call) {
    const { values } = call
    const containers = await containersOf(call)
    return inspectEach(call, values.format, (name) => containerDocument(containers, name, values.size))
  },
})
