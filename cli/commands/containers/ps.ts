import { defineCommand } from '../../command.ts'
import { containerRow, containerTitles } from '../../containers/container-rows.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { parseFilters } from '../../flags/filters.ts'
import { integerFlag } from '../../flags/numbers.ts'
import { listFlags } from '../../output/list-flags.ts'
import { printRows } from '../../output/print-rows.ts'

/** A format that prints the sizes, also as part of a whole row. */
const SHOWS_SIZE = /\.Size\b|^json$|\bjson \.(?!\w)|\{\{-?\s*\. *\| *json\b/

export const ps = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    ...listFlags,
    all: { kind: 'bool', short: 'a', help: 'Show all containers, not just running ones' },
    filter: {
      kind: 'list',
      ignoresEmpty: true,
      short: 'f',
      value: 'filter',
      help: 'Filter containers: status, name, ancestor, label, …',
    },
    last: { kind: 'string', short: 'n', value: 'int', help: 'Show the n last created containers, in any state' },
    latest: { kind: 'bool', short: 'l', help: 'Show the last created container, in any state' },
    size: { kind: 'bool', short: 's', help: 'Show sizes' },
  },
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const last = values.latest ? 1 : integerFlag('--last', values.last)
    const filters = Object.fromEntries(parseFilters(values.filter))
    const containers = await containersOf(call)
    const size = values.size || SHOWS_SIZE.test(values.format ?? '')
    const records = await containers.list({ all: values.all, filters, size, ...(last !== undefined && { last }) })
    const options = { noTrunc: values['no-trunc'], nowMs: Date.now() }
    const usual = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names']
    const columns = values.size ? [...usual, 'Size'] : usual
    const rows = records.map((record) => containerRow(record, options))
    printRows({ values, io }, rows, { columns, titles: containerTitles })
    return 0
  },
})
