import { humanSize } from '../../../notation/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { pruneFilterFlag, pruneFilters } from '../../flags/prune-filters.ts'
import { confirm } from '../../terminal/prompt.ts'

export const containerPrune = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    force: { kind: 'bool', short: 'f', help: 'Do not prompt for confirmation' },
    filter: pruneFilterFlag,
  },
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const { untilMs, labels, withoutLabels } = pruneFilters(values.filter)
    if (!values.force && !(await confirm(io, 'This will remove all stopped containers.'))) return 0
    const containers = await containersOf(call)
    const { deleted, reclaimedBytes } = await containers.prune({
      labels,
      withoutLabels,
      ...(untilMs !== undefined && { endedBeforeMs: untilMs }),
    })
    if (deleted.length > 0) io.stdout.write(`Deleted Containers:\n${deleted.join('\n')}\n\n`)
    io.stdout.write(`Total reclaimed space: ${humanSize(reclaimedBytes, 4)}\n`)
    return 0
  },
})
