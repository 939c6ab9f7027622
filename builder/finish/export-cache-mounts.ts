import { rm } from 'node:fs/promises'
import { messageOf } from '../../errors/index.ts'
import { type PackedMount, readCachedMounts, writeCachedMounts } from '../../images/index.ts'
import type { BuildPlan } from '../plan/graph/build-plan.ts'
import { nodesOf } from '../plan/graph/nodes-of.ts'
import type { BuildEvent, BuildRequest, CacheMountsExport } from '../request/builder.ts'
import type { BuildTools } from '../run/build-tools.ts'
import { type CacheMountIdentity, isSameCache } from '../run/import-cache-mounts.ts'
import type { CacheMount } from '../run/runners/step-context.ts'
import { packCacheMount } from './pack-cache-mount.ts'

export interface CacheMountExports {
  readonly request: Pick<BuildRequest, 'cacheMountsTo'>
  readonly plans: readonly BuildPlan[]
  readonly emit: (event: BuildEvent) => void
}

/** Writes the build's cache mounts to each requested place, shown as a step. */
export async function exportCacheMounts(
  tools: BuildTools,
  exports: CacheMountExports,
  signal: AbortSignal,
): Promise<void> {
  const { request, emit, plans } = exports
  for (const [position, destination] of (request.cacheMountsTo ?? []).entries()) {
    const step = `cache mounts ${position}`
    const name = `exporting cache mounts to ${destination.location.type}`
    emit({ kind: 'planned', steps: [{ id: step, name, inputs: [] }], atMs: Date.now() })
    emit({ kind: 'step-started', step, atMs: Date.now() })
    const warn = (message: string) =>
      emit({ kind: 'warning', warning: { code: 'CacheMountLeftOut', message }, atMs: Date.now() })
    try {
      await exportTo({ tools, destination, mounts: mountsOf(plans, destination, warn), warn }, signal)
      emit({ kind: 'step-done', step, atMs: Date.now() })
    } catch (error) {
      const message = messageOf(error)
      if (signal.aborted) throw error
      emit({ kind: 'step-failed', step, message, atMs: Date.now() })
      if (!destination.ignoreError) throw error
      emit({ kind: 'warning', warning: { code: 'CacheExportFailed', message }, atMs: Date.now() })
    }
  }
}

/** Each cache once. Caches that start with files of an image or a stage differ between machines and are omitted. */
function mountsOf(
  plans: readonly BuildPlan[],
  { ids }: CacheMountsExport,
  warn: (message: string) => void,
): readonly CacheMount[] {
  const found: CacheMount[] = []
  for (const { operation } of nodesOf(plans)) {
    for (const mount of operation.kind === 'exec' ? operation.mounts : []) {
      if (mount.type !== 'cache' || ids?.includes(mount.id) === false) continue
      if (mount.input !== undefined)
        warn(`Cache mount "${mount.id}" is not exported: it starts with the files of from=`)
      else if (!found.some((other) => isSameCache(other, mount))) found.push(mount)
    }
  }
  for (const id of ids ?? [])
    if (!found.some((mount) => mount.id === id)) warn(`Cache mount "${id}" is not exported: the build does not use it`)
  return found
}

interface MountsExport {
  readonly tools: BuildTools
  readonly destination: CacheMountsExport
  readonly mounts: readonly CacheMount[]
  readonly warn: (message: string) => void
}

async function exportTo({ tools, destination, mounts, warn }: MountsExport, signal: AbortSignal): Promise<void> {
  const backend = await tools.caches.open(destination.location)
  const known = (await readCachedMounts(backend, signal)) ?? []
  const written: PackedMount[] = []
  const leftOut: CacheMountIdentity[] = []
  const roomLeft = () => destination.maxBytes - written.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const omit = (mount: CacheMountIdentity) => {
    leftOut.push(mount)
    warn(
      `Cache mount "${mount.id}" is not exported: it would exceed the limit of ${destination.maxBytes} bytes (max-size)`,
    )
  }
  try {
    for (const mount of mounts) {
      const packed = await packCacheMount(tools, { mount, destination, maxBytes: roomLeft() }, signal)
      if (packed === 'too large') omit(mount)
      else if (packed !== undefined) written.push(packed)
    }
    if (written.length === 0 && leftOut.length === 0) return
    const others = known.filter((one) => ![...written, ...leftOut].some((mount) => isSameCache(mount, one)))
    for (const other of others) {
      if (other.sizeBytes > roomLeft()) omit(other)
      else written.push(other)
    }
    await writeCachedMounts(backend, written, signal)
  } finally {
    for (const { path } of written) if (path !== undefined) await rm(path, { force: true })
  }
}
