import type { LayerFiles, PlatformImage } from '../../../api/index.ts'
import { linesOf } from './config-lines.ts'

export interface LayerPair {
  /** Absent if the layer is new. */
  readonly before?: PlatformImage['layers'][number]
  /** Absent if the layer was removed. */
  readonly after?: PlatformImage['layers'][number]
}

export interface FileChange {
  readonly path: string
  readonly kind: 'added' | 'changed' | 'removed'
  readonly deltaBytes: number
}

export interface ConfigChange {
  readonly name: string
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/** Layers that differ; layers of the same instruction are pairs. */
export function changedLayers(before: PlatformImage, after: PlatformImage): readonly LayerPair[] {
  const kept = new Set(before.layers.map(({ diffId }) => diffId))
  const present = new Set(after.layers.map(({ diffId }) => diffId))
  const removed = before.layers.filter(({ diffId }) => !present.has(diffId))
  const fresh = after.layers.filter(({ diffId }) => !kept.has(diffId))
  const pairs: LayerPair[] = fresh.map((layer) => {
    const index = removed.findIndex(({ createdBy }) => createdBy !== undefined && createdBy === layer.createdBy)
    const [old] = index < 0 ? [] : removed.splice(index, 1)
    return old === undefined ? { after: layer } : { before: old, after: layer }
  })
  return [...pairs, ...removed.map((layer) => ({ before: layer }))]
}

export function changedConfig(before: PlatformImage, after: PlatformImage): readonly ConfigChange[] {
  const names = [...new Set([...Object.keys(before.config), ...Object.keys(after.config)])]
  return names.flatMap((name) => {
    const [old, now] = [linesOf(before.config[name]), linesOf(after.config[name])]
    const removed = old.filter((line) => !now.includes(line))
    const added = now.filter((line) => !old.includes(line))
    return removed.length + added.length === 0 ? [] : [{ name, removed, added }]
  })
}

/** Largest changes first. */
export function compareFiles(before: LayerFiles | undefined, after: LayerFiles | undefined): readonly FileChange[] {
  const old = sizesOf(before)
  const now = sizesOf(after)
  const changes: FileChange[] = []
  for (const [path, bytes] of now) {
    const was = old.get(path)
    if (was === undefined) changes.push({ path, kind: 'added', deltaBytes: bytes })
    else if (was !== bytes) changes.push({ path, kind: 'changed', deltaBytes: bytes - was })
  }
  for (const [path, bytes] of old) if (!now.has(path)) changes.push({ path, kind: 'removed', deltaBytes: -bytes })
  return changes.sort((a, b) => Math.abs(b.deltaBytes) - Math.abs(a.deltaBytes))
}

function sizesOf(files: LayerFiles | undefined): ReadonlyMap<string, number> {
  const listed = files?.files.filter(({ kind }) => kind !== 'directory') ?? []
  return new Map(listed.map(({ path, sizeBytes }) => [path, sizeBytes]))
}
