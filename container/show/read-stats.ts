import { readFileSync, statSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import type { ContainerStats } from '../contract/record.ts'
import { filesOf } from '../state/container-files.ts'
import { type ReadState, readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'

/** One sample of the container's cgroups, v1 or v2. A container that is not running uses nothing, as in docker. */
export function readStats(context: ContainerContext, stored: StoredContainer): ContainerStats {
  const running = readState(filesOf(context.root, stored.id))
  if (running.state.pid === 0) return zeroStats(stored)
  try {
    return readGroups(stored, running)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV', 'ESRCH')) return zeroStats(stored) // it has exited concurrently
    throw error
  }
}

function readGroups(stored: StoredContainer, { state, cgroup }: ReadState): ContainerStats {
  const read = (...names: readonly string[]) => firstFile(cgroup, names)
  const memoryStat = read('memory.stat')
  const inactive = numberAfter(memoryStat, 'total_inactive_file') ?? numberAfter(memoryStat, 'inactive_file') ?? 0
  const used = numberOf(read('memory.current', 'memory.usage_in_bytes'))
  const limit = Number(read('memory.max', 'memory.limit_in_bytes')) || Number.POSITIVE_INFINITY
  return {
    id: stored.id,
    name: stored.name,
    readAtMs: performance.now(),
    cpuUsageNs: cpuUsage(read('cpu.stat'), read('cpuacct.usage')),
    onlineCpus: availableParallelism(),
    memoryBytes: used === undefined ? undefined : Math.max(0, used - inactive),
    memoryLimitBytes: Math.min(limit, totalmem()),
    ...(stored.network === 'host' ? NO_TRAFFIC : networkOf(state.pid)),
    ...blockOf(read('io.stat', 'blkio.throttle.io_service_bytes')),
    pids: numberOf(read('pids.current')),
  }
}

function zeroStats({ id, name }: StoredContainer): ContainerStats {
  return {
    id,
    name,
    readAtMs: performance.now(),
    cpuUsageNs: 0,
    onlineCpus: availableParallelism(),
    memoryBytes: 0,
    memoryLimitBytes: 0,
    ...NO_TRAFFIC,
    blockReadBytes: 0,
    blockWrittenBytes: 0,
    pids: 0,
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

function cpuUsage(ofVersion2: string | undefined, ofVersion1: string | undefined): number | undefined {
  const usec = numberAfter(ofVersion2, 'usage_usec')
  return usec === undefined ? numberOf(ofVersion1) : usec * 1000
}

/** The first of these files that one of the groups has. */
function firstFile(directories: readonly string[], names: readonly string[]): string | undefined {
  for (const name of names) {
    for (const directory of directories) {
      if (statSync(join(directory, name), { throwIfNoEntry: false }) === undefined) continue
      return readFileSync(join(directory, name), 'utf8').trim()
    }
  }
  return undefined
}

function numberAfter(text: string | undefined, key: string): number | undefined {
  const found = new RegExp(`^${key} (\\d+)$`, 'm').exec(text ?? '')?.[1]
  return found === undefined ? undefined : Number(found)
}

/** Shown for the host's network, as in docker: its traffic is not the container's. */
const NO_TRAFFIC = { networkReceivedBytes: 0, networkSentBytes: 0 }

/** Totals of all interfaces but loopback. SPEC: proc(5), net/dev: received bytes first, sent bytes ninth. */
function networkOf(pid: number) {
  const text = readFileSync(`/proc/${pid}/net/dev`, 'utf8')
  let [networkReceivedBytes, networkSentBytes] = [0, 0]
  for (const [, name, numbers = ''] of text.matchAll(/^\s*([^:\s]+):(.*)$/gm)) {
    if (name === 'lo') continue
    const fields = numbers.trim().split(/\s+/).map(Number)
    networkReceivedBytes += fields[0] ?? 0
    networkSentBytes += fields[8] ?? 0
  }
  return { networkReceivedBytes, networkSentBytes }
}

/** v2 writes `rbytes=…` per device, v1 `8:0 Read …`. */
function blockOf(text: string | undefined) {
  if (text === undefined) return { blockReadBytes: undefined, blockWrittenBytes: undefined }
  const sum = (pattern: RegExp) => [...text.matchAll(pattern)].reduce((total, [, bytes]) => total + Number(bytes), 0)
  return {
    blockReadBytes: sum(/(?:rbytes=|^\d+:\d+ Read )(\d+)/gm),
    blockWrittenBytes: sum(/(?:wbytes=|^\d+:\d+ Write )(\d+)/gm),
  }
}
