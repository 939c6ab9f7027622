import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { hasCode } from '../../errors/index.ts'
import { asSize, field, optional } from '../../image-spec/index.ts'
import { StoreError } from '../errors.ts'
import { isMissing } from '../files/file-errors.ts'
import { publishRecord, readRecord } from '../files/publish.ts'
import { layerFolder } from '../files/store-paths.ts'
import { layerFile, readLayer } from '../layers/layer-files.ts'
import type { LayerId, LayerRecord } from '../layers.ts'

const BLOCK_BYTES = 512

/** Counts blocks, each inode once across all paths. */
export interface DiskCount {
  add(path: string): Promise<number>
  /** Whether something could not be read: private to other users (trees of a rootless store), or too deep. */
  isPartial(): boolean
}

export function createDiskCount(): DiskCount {
  const seen = new Set<string>()
  let isPartial = false
  const unreadable = () => {
    isPartial = true
  }
  return { add: (path) => count(path, seen, unreadable), isPartial: () => isPartial }
}

/** A layer's blocks. Its files never change once it has all its forms, so the count is stored per set of forms. */
export async function layerDiskBytes(root: string, id: LayerId): Promise<number> {
  const layer = readLayer(root, id)
  if (layer === undefined) return 0
  const known = knownDiskBytes(root, id)
  if (known !== undefined) return known
  const counted = createDiskCount()
  const blocks = await counted.add(layerFolder(root, id))
  const sizeBytes = counted.isPartial() ? Math.max(blocks, layer.sizeBytes ?? 0) : blocks
  remember(root, layerFile.disk(root, id), { forms: formsOf(layer), sizeBytes })
  return sizeBytes
}

/** The stored count, if it is for the layer's current forms. */
export function knownDiskBytes(root: string, id: LayerId): number | undefined {
  const layer = readLayer(root, id)
  const shape = { value: layer && readRecord(layerFile.disk(root, id)), at: `disk use of layer ${id}` }
  return optional(shape, (found) =>
    layer !== undefined && field(found, 'forms').value === formsOf(layer)
      ? asSize(field(found, 'sizeBytes'))
      : undefined,
  )
}

function formsOf({ hasTree, hasTar }: LayerRecord): string {
  return `${hasTree ? 'tree' : ''}+${hasTar ? 'tar' : ''}`
}

/** Only an optimization: failures on a full or read-only disk are ignored. */
function remember(root: string, path: string, found: { readonly forms: string; readonly sizeBytes: number }): void {
  try {
    publishRecord(root, path, found)
  } catch (error) {
    if (!(error instanceof StoreError && UNWRITABLE.has(error.code))) throw error
  }
}

const UNWRITABLE: ReadonlySet<string> = new Set(['STORE_FULL', 'STORE_READ_ONLY', 'STORE_DENIED'])

async function count(path: string, seen: Set<string>, unreadable: () => void): Promise<number> {
  let sum = 0
  const waiting = [path]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const found = lookAt(next, unreadable)
    if (found === undefined) continue
    const inode = `${found.dev}:${found.ino}`
    if (seen.has(inode)) continue
    seen.add(inode)
    sum += found.blocks * BLOCK_BYTES
    if (!found.isDirectory()) continue
    for (const name of namesIn(next, unreadable)) waiting.push(join(next, name))
    await setImmediate() // lets other work of this process run
  }
  return sum
}

function lookAt(path: string, unreadable: () => void): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (isMissing(error)) return undefined // removed concurrently
    if (!isOutOfReach(error)) throw error
    unreadable()
    return undefined
  }
}

function namesIn(path: string, unreadable: () => void): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if (isOutOfReach(error)) unreadable()
    else if (!isMissing(error)) throw error
    return []
  }
}

/**
 * SECURITY: steps and containers may create directories deeper than a path can express; these must not stop a prune.
 */
function isOutOfReach(error: unknown): boolean {
  return hasCode(error, 'EACCES') || hasCode(error, 'ENAMETOOLONG')
}
