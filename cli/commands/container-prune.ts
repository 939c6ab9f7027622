import { humanSize } from '../../notation/index.ts'
import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { parseFilters } from '../flags/filters.ts'
import { parseTime } from '../flags/times.ts'
import { confirm } from '../terminal/ask.ts'

export const containerPrune = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    force: { kind: 'bool', short: 'f', help: 'Do not ask' },
    filter: { kind: 'list', value: 'filter', help: 'until=time: only those that ended before; label=key[=value]' },
  },
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const given = parseFilters(values.filter, ['until', 'label'])
    const until = given.get('until')?.at(-1)
    const labels = given.get('label')
    if (!values.force && !(await confirm(io, 'This will remove all stopped containers.'))) return 0
    const containers = await containersOf(call)
    const { deleted, reclaimedBytes } = await containers.prune({
      ...(until === undefined ? {} : { endedBeforeMs: parseTime(until, Date.now()) }),
      ...(labels === undefined ? {} : { labels }),
    })
    if (deleted.length > 0) io.stdout.write(`Deleted Containers:\n${deleted.join('\n')}\n\n`)
    io.stdout.write(`Total reclaimed space: ${humanSize(reclaimedBytes, 4)}\n`)
    return 0
  },
})
