import { humanSize } from '../../builder/index.ts'
import type { UsageOf } from '../../layer-store/index.ts'
import { defineCommand } from '../command.ts'
import { formatRows, type Row } from '../output/format-rows.ts'

const titles: Row = {
  Type: 'TYPE',
  TotalCount: 'TOTAL',
  Active: 'ACTIVE',
  Size: 'SIZE',
  Reclaimable: 'RECLAIMABLE',
}

export const du = defineCommand({
  usage: '[OPTIONS]',
  flags: { format: { kind: 'string', help: 'Form of the output: table, json or a Go template' } },
  positionals: { min: 0, max: 0 },
  async run({ values, io, engine }) {
    const { store } = await engine()
    const usage = await store.usage()
    const rows = [
      row('Images', usage.images, true),
      row('Containers', usage.containers, true),
      row('Local Volumes', usage.volumes, true),
      row('Build Cache', usage.cache, false),
    ]
    const columns = ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable']
    io.stdout.write(formatRows(rows, { format: values.format, quiet: false, quietField: 'Type', columns, titles }))
    return 0
  },
})

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
