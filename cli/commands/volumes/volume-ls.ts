import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { parseFilters } from '../../flags/filters.ts'
import { listFlags } from '../../output/list-flags.ts'
import { printRows } from '../../output/print-rows.ts'
import { volumeRow, volumeTitles } from '../../volumes/describe-volume.ts'
import { filterVolumes, volumeFilters } from '../../volumes/filter-volumes.ts'

export const volumeLs = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    format: listFlags.format,
    quiet: { kind: 'bool', short: 'q', help: 'Only display volume names' },
    filter: {
      kind: 'list',
      ignoresEmpty: true,
      short: 'f',
      value: 'filter',
      help: 'Filter volumes: dangling=true, label, name, driver',
    },
  },
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const filters = parseFilters(values.filter, volumeFilters)
    const volumes = await filterVolumes(await containersOf(call), filters)
    printRows({ values, io }, volumes.map(volumeRow), {
      quietField: 'Name',
      columns: ['Driver', 'Name'],
      titles: volumeTitles,
    })
    return 0
  },
})
