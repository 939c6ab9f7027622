import { humanSize } from '../../builder/index.ts'
import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { removeStopped } from '../containers/remove-stopped.ts'
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
    const removed = await removeStopped(await containersOf(call), {
      endedBeforeMs: until === undefined ? undefined : parseTime(until, Date.now()),
      filters: labels === undefined ? {} : { label: labels },
      size: true,
    })
    if (removed.ids.length > 0) io.stdout.write(`Deleted Containers:\n${removed.ids.join('\n')}\n\n`)
    io.stdout.write(`Total reclaimed space: ${humanSize(removed.reclaimedBytes, 4)}\n`)
    return 0
  },
})
