import type { StorePins, UsageOf } from '../../../layer-store/index.ts'
import { humanSize } from '../../../notation/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { diskUsage, diskUsageText } from '../../disk-usage.ts'
import { formatDocuments } from '../../output/format-documents.ts'
import type { Row } from '../../output/format-rows.ts'
import { printRows } from '../../output/print-rows.ts'

const titles: Row = {
  Type: 'TYPE',
  TotalCount: 'TOTAL',
  Active: 'ACTIVE',
  Size: 'SIZE',
  Reclaimable: 'RECLAIMABLE',
}

export const du = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    format: { kind: 'string', help: 'Format output: table, json or a Go template' },
    verbose: { kind: 'bool', short: 'v', help: 'Show detailed information on disk usage' },
  },
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const { store } = await call.engine()
    const usage = await store.usage(await pinsOf(call))
    const { format } = values
    if (values.verbose) {
      const detail = await diskUsage(store, await containersOf(call))
      const isTable = format === undefined || format === '' || format === 'table'
      const toTerminal = io.stdout.isTTY === true
      io.stdout.write(
        isTable
          ? diskUsageText(detail, usage.cache.sizeBytes)
          : formatDocuments([detail], { format: format === 'json' ? '{{json .}}' : format, toTerminal }),
      )
      return 0
    }
    const rows = [
      row('Images', usage.images, true),
      row('Containers', usage.containers, true),
      row('Local Volumes', usage.volumes, true),
      row('Build Cache', usage.cache, false),
    ]
    const columns = ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable']
    printRows({ values, io }, rows, { columns, titles })
    return 0
  },
})

/** Data in use: running containers, their volumes, and images and layers of all containers. */
async function pinsOf(call: Parameters<typeof containersOf>[0]): Promise<StorePins> {
  const containers = await containersOf(call)
  const [pins, all] = await Promise.all([containers.pins(), containers.list({ all: true })])
  return {
    ...pins,
    containers: all.filter(({ state }) => state.status === 'running').map(({ id }) => id),
    volumes: all.flatMap(({ mounts }) => mounts.flatMap(({ name }) => name ?? [])),
  }
}

function row(type: string, usage: UsageOf, withPercent: boolean): Row {
  const percent = usage.sizeBytes > 0 ? Math.floor((usage.reclaimableBytes * 100) / usage.sizeBytes) : 0
  const share = withPercent && usage.sizeBytes > 0 ? ` (${percent}%)` : ''
  return {
    Active: String(usage.active),
    Reclaimable: `${humanSize(usage.reclaimableBytes, 4)}${share}`,
    Size: humanSize(usage.sizeBytes, 4),
    TotalCount: String(usage.count),
    Type: type,
  }
}
