import type { Containers, ContainersOptions, ListRequest } from './contract/container.ts'
import type { ContainerContext } from './contract/context.ts'
import type { ContainerRecord } from './contract/record.ts'
import { pauseContainer } from './control/pause-container.ts'
import { signalContainer, stopContainer } from './control/stop-container.ts'
import { createContainer } from './create/create-container.ts'
import { copyFrom, copyTo } from './files/copy-files.ts'
import { diffContainer } from './files/diff-container.ts'
import { exportContainer } from './files/export-container.ts'
import { attachContainer } from './run/attach-container.ts'
import { execContainer, execDetached } from './run/exec-container.ts'
import { renameContainer } from './run/rename-container.ts'
import { restartContainer } from './run/restart-container.ts'
import { runContainer } from './run/run-container.ts'
import { startContainer } from './run/start-container.ts'
import { updateContainer } from './run/update-container.ts'
import { waitForContainer } from './run/wait-container.ts'
import { inspectContainer } from './show/inspect-container.ts'
import { listContainers, recordOf } from './show/list-containers.ts'
import { readLogs, requireLog } from './show/read-logs.ts'
import { readStats } from './show/read-stats.ts'
import { topContainer } from './show/top-container.ts'
import { filesOf, isCopied } from './state/container-files.ts'
import { directorySize } from './state/directory-size.ts'
import { containerIds, findContainer, findEvenDamaged } from './state/find-container.ts'
import { findStored, type StoredContainer } from './state/stored-container.ts'
import { treesBelow } from './state/trees-below.ts'
import { makeContainerDurable } from './upkeep/durable-container.ts'
import { pruneContainers } from './upkeep/prune-containers.ts'
import { recoverAll } from './upkeep/recover-container.ts'
import { removeContainer } from './upkeep/remove-container.ts'
import { openVolumes } from './volumes/open-volumes.ts'

/** Reads and starts nothing until a call needs it. */
export function openContainers(
  engine: Pick<ContainerContext, 'store' | 'native'>,
  options: ContainersOptions = {},
): Containers {
  const context = contextOf(engine, options)
  const find = (ref: string) => findContainer(context.root, ref)
  return {
    ...lifecycle(context, find),
    ...reports(context, find),
    ...files(context, find),
    volumes: openVolumes(context),
    prune: (request = {}) => pruneContainers(context, request),
    recover: () => recoverAll(context),
    pins: async () => pinsOf(context.root),
  }
}

type Find = (ref: string) => StoredContainer

function lifecycle(context: ContainerContext, find: Find) {
  const { root } = context
  return {
    async create(spec) {
      const stored = await createContainer(context, spec)
      await makeContainerDurable(root, stored)
      return recordOf(root, stored)
    },
    start: async (ref, io, signal) => {
      const stored = find(ref)
      const session = await startContainer(context, stored, { io, signal })
      // It runs already: docker's client attaches to it all the same.
      return session ?? (io === undefined ? undefined : attachContainer(context, stored, io))
    },
    run: (spec, io, signal) => runContainer(context, spec, { io, signal }),
    attach: async (ref, io) => attachContainer(context, find(ref), io),
    exec: async (ref, spec, io) => execContainer(context, find(ref), { spec, ...io }),
    execDetached: async (ref, spec) => execDetached(context, find(ref), spec),
    wait: async (ref, signal) => waitForContainer(root, find(ref), signal),
    stop: async (ref, request, signal) => stopContainer(context, find(ref), { ...request, signal }),
    kill: async (ref, signal = 'KILL') => signalContainer(context, find(ref), signal),
    restart: async (ref, request, signal) => restartContainer(context, find(ref), { ...request, signal }),
    pause: async (ref) => pauseContainer(context, find(ref), true),
    unpause: async (ref) => pauseContainer(context, find(ref), false),
    rename: async (ref, name) => renameContainer(context, find(ref), name),
    update: async (ref, request) => updateContainer(context, find(ref), request),
    remove: async (ref, removal = {}) => {
      const found = removal.force === true ? findEvenDamaged(root, ref) : find(ref)
      await removeContainer(context, found, removal)
    },
  } satisfies Partial<Containers>
}

function reports(context: ContainerContext, find: Find) {
  const { root } = context
  return {
    list: (request = {}) => recoverAndList(context, request),
    get: async (ref) => recordOf(root, find(ref)),
    inspect: async (ref) => {
      const stored = find(ref)
      return inspectContainer(root, stored, await treesBelow(context, stored))
    },
    logs: (ref, request = {}) => {
      const stored = find(ref)
      requireLog(stored)
      return readLogs(filesOf(root, stored.id), request)
    },
    top: async (ref, psOptions = []) => topContainer(context, find(ref), psOptions),
    stats: async (ref) => readStats(context, find(ref)),
  } satisfies Partial<Containers>
}

function files(context: ContainerContext, find: Find) {
  return {
    diff: async (ref, signal) => diffContainer(context, find(ref), signal),
    export: async (ref, output, signal) => exportContainer(context, find(ref), { output, signal }),
    copyFrom: async (ref, request) => copyFrom(context, find(ref), request),
    copyTo: async (ref, request) => copyTo(context, find(ref), request),
    commit: async (ref, request, signal) => {
      const stored = find(ref)
      // loads the planner, which nothing else here needs
      const { commitContainer } = await import('./files/commit-container.ts')
      return commitContainer(context, stored, { ...request, signal })
    },
  } satisfies Partial<Containers>
}

function contextOf(engine: Pick<ContainerContext, 'store' | 'native'>, options: ContainersOptions): ContainerContext {
  return {
    root: engine.store.root,
    store: engine.store,
    native: engine.native,
    env: options.env ?? process.env,
    pull: options.pull,
    onWarning: options.onWarning ?? (() => {}),
  }
}

async function recoverAndList(context: ContainerContext, request: ListRequest): Promise<readonly ContainerRecord[]> {
  await recoverAll(context)
  const records = listContainers(context.root, request, (error) => context.onWarning(error.message))
  return request.size === true ? Promise.all(records.map((record) => withSizes(context, record))) : records
}

/** The image's layers count in full: the container uses them, or has a copy of them. */
async function withSizes(context: ContainerContext, record: ContainerRecord): Promise<ContainerRecord> {
  const files = filesOf(context.root, record.id)
  const writableBytes = directorySize(files.upper)
  const { sizeBytes } = await context.store.images.get(record.imageId)
  return {
    ...record,
    sizes: { writableBytes, rootfsBytes: isCopied(files) ? writableBytes : sizeBytes + writableBytes },
  }
}

function pinsOf(root: string): Awaited<ReturnType<Containers['pins']>> {
  const all = containerIds(root).flatMap((id) => findStored(root, id) ?? [])
  const images = [...new Set(all.map((container) => container.imageId))]
  return { images, layers: [...new Set(all.flatMap((container) => container.chain))] }
}
