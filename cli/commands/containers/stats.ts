import { setTimeout } from 'node:timers/promises'
import type { ContainerStats, Containers } from '../../../container/index.ts'
import { humanSize } from '../../../notation/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { formatRows, type Row } from '../../output/format-rows.ts'
import { listFlags } from '../../output/list-flags.ts'
import { print } from '../../terminal/print.ts'

const titles: Row = {
  ID: 'CONTAINER ID',
  Container: 'CONTAINER',
  Name: 'NAME',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET I/O',
  BlockIO: 'BLOCK I/O',
  PIDs: 'PIDS',
}
const columns = ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs']
/** Time between two samples, from which rates are computed. */
const INTERVAL_MS = 1000
/** SPEC: docker/cli, container/formatter_stats.go: placeholder for unknown values. */
const UNKNOWN = '--'
const CLEAR_SCREEN = '\u001b[2J\u001b[H'
const { quiet: _, ...statsFlags } = listFlags

export const stats = defineCommand({
  usage: '[OPTIONS] [CONTAINER...]',
  flags: {
    ...statsFlags,
    all: { kind: 'bool', short: 'a', help: 'Show all containers, not just running ones' },
    'no-stream': { kind: 'bool', help: 'Print one result and exit' },
  },
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  async run(call) {
    const { values, positionals, io, interrupt } = call
    const containers = await containersOf(call)
    const read = () => readAll(containers, { names: positionals, all: values.all })
    let before = await read()
    while (!interrupt.signal.aborted) {
      await setTimeout(INTERVAL_MS, undefined, { signal: interrupt.signal })
      const now = await read()
      const rows = now.map((reading, index) => ({
        ...statsRow(reading, before, values['no-trunc']),
        Container: positionals[index] ?? reading.id.slice(0, 12),
      }))
      const list = {
        format: values.format,
        quiet: false,
        quietField: 'ID',
        toTerminal: io.stdout.isTTY === true,
        columns,
        titles,
      }
      const clear = values['no-stream'] || io.stdout.isTTY !== true ? '' : CLEAR_SCREEN
      await print(io.stdout, clear + formatRows(rows, list), interrupt.signal)
      if (values['no-stream']) return 0
      before = now
    }
    return 0
  },
})

/**
 * Statistics of the named containers, or of all or all running ones. Containers that are removed in the meantime are
 * omitted.
 */
async function readAll(
  containers: Containers,
  { names, all }: { readonly names: readonly string[]; readonly all: boolean },
): Promise<readonly ContainerStats[]> {
  if (names.length > 0) return Promise.all(names.map((name) => containers.stats(name)))
  const listed = await containers.list({ all })
  const readings = await Promise.allSettled(listed.map(({ id }) => containers.stats(id)))
  return readings.flatMap((reading) => (reading.status === 'fulfilled' ? [reading.value] : []))
}

function statsRow(now: ContainerStats, earlier: readonly ContainerStats[], noTrunc: boolean): Row {
  const before = earlier.find(({ id }) => id === now.id)
  const { memoryBytes, memoryLimitBytes, blockReadBytes, blockWrittenBytes, pids } = now
  const hasBlocks = blockReadBytes !== undefined && blockWrittenBytes !== undefined
  return {
    ID: noTrunc ? now.id : now.id.slice(0, 12),
    Name: now.name,
    CPUPerc: cpuShare(now, before),
    MemUsage: memoryUse(now),
    MemPerc: memoryBytes === undefined ? UNKNOWN : percent(memoryLimitBytes > 0 ? memoryBytes / memoryLimitBytes : 0),
    NetIO: `${humanSize(now.networkReceivedBytes)} / ${humanSize(now.networkSentBytes)}`,
    BlockIO: hasBlocks ? `${humanSize(blockReadBytes)} / ${humanSize(blockWrittenBytes)}` : UNKNOWN,
    PIDs: pids === undefined ? UNKNOWN : String(pids),
  }
}

function cpuShare(now: ContainerStats, before: ContainerStats | undefined): string {
  if (now.cpuUsageNs === undefined) return UNKNOWN
  // A container that has ended or was restarted since then has used less than before.
  if (before?.cpuUsageNs === undefined || now.cpuUsageNs < before.cpuUsageNs) return percent(0)
  return percent((now.cpuUsageNs - before.cpuUsageNs) / ((now.readAtMs - before.readAtMs) * 1e6))
}

function memoryUse({ memoryBytes, memoryLimitBytes }: ContainerStats): string {
  if (memoryBytes === undefined) return `${UNKNOWN} / ${UNKNOWN}`
  return `${binarySize(memoryBytes)} / ${binarySize(memoryLimitBytes)}`
}

/** SPEC: docker/go-units BytesSize: four digits, powers of 1024. */
function binarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  return `${Number((bytes / 1024 ** power).toPrecision(4))}${units[power]}`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`
}
