import { humanSize } from '../../../notation/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { filterBool, parseFilters } from '../../flags/filters.ts'
import { confirm } from '../../terminal/prompt.ts'

export const volumePrune = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    all: { kind: 'bool', short: 'a', help: 'Remove all unused volumes, not just anonymous ones' },
    filter: { kind: 'list', value: 'filter', help: 'Filter volumes: label=key[=value], label!=key[=value], all=true' },
    force: { kind: 'bool', short: 'f', help: 'Do not prompt for confirmation' },
  },
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const filters = parseFilters(values.filter, ['all', 'label', 'label!'])
    const all = values.all || filterBool('all', filters.get('all')?.at(-1) ?? 'false')
    const what = all ? 'all local volumes' : 'anonymous local volumes'
    const warning = `This will remove ${what} not used by at least one container.`
    if (!values.force && !(await confirm(io, warning))) return 0
    const { volumes } = await containersOf(call)
    const { deleted, reclaimedBytes } = await volumes.prune({
      all,
      labels: filters.get('label') ?? [],
      withoutLabels: filters.get('label!') ?? [],
    })
    if (deleted.length > 0) io.stdout.write(`Deleted Volumes:\n${deleted.join('\n')}\n\n`)
    io.stdout.write(`Total reclaimed space: ${humanSize(reclaimedBytes, 4)}\n`)
    return 0
  },
})
