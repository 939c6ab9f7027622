import { humanSize } from '../../../notation/index.ts'
import { defineCommand } from '../../command.ts'
import { parseFilters } from '../../flags/filters.ts'
import { byteFlag } from '../../flags/numbers.ts'
import { parseTime } from '../../flags/times.ts'
import { collect, pruneWait, waitFlag } from '../../images/collect.ts'
import { confirm } from '../../terminal/prompt.ts'

export const builderPrune = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    all: {
      kind: 'bool',
      short: 'a',
      hidden: true,
      help: 'Accepted without effect: the whole build cache is removed anyway',
    },
    force: { kind: 'bool', short: 'f', help: 'Do not prompt for confirmation' },
    wait: waitFlag,
    filter: { kind: 'list', value: 'filter', help: 'Filter: until=TIME (not used since)' },
    'keep-storage': { kind: 'string', value: 'bytes', help: 'Keep the most recently used cache, up to this size' },
  },
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const until = parseFilters(values.filter, ['until']).get('until')?.at(-1)
    const keepBytes = byteFlag('--keep-storage', values['keep-storage'])
    if (!values.force && !(await confirm(io, 'This will remove the build cache.'))) return 0
    const { reclaimedBytes } = await collect(
      call,
      {
        buildCache: true,
        ...(until !== undefined && { usedBeforeMs: parseTime(until, Date.now()) }),
        ...(keepBytes !== undefined && { keepBytes }),
      },
      pruneWait(call, values),
    )
    io.stdout.write(`Total reclaimed space: ${humanSize(reclaimedBytes, 4)}\n`)
    return 0
  },
})
