import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { asSize, field, optional } from '../documents/json-shape.ts'
import { hasErrno, isMissing } from '../files/file-errors.ts'
import { publishRecord, readRecord } from '../files/publish.ts'
import { layerFolder } from '../files/store-paths.ts'
import type { LayerId } from '../layer-store.ts'
import { layerFile, readLayer } from '../layers/layer-files.ts'

const BLOCK_BYTES = 512

/** Counts blocks, each inode once, over all paths that it is given. */
export interface DiskCount {
  add(path: string): Promise<number>
}

export function createDiskCount(): DiskCount {
  const seen = new Set<string>()
  return { add: (path) => count(path, seen) }
}

/** A layer's blocks. Its files never change once it has all its forms, so they are counted once for each set of forms. */
export async function layerDiskBytes(root: string, id: LayerId): Promise<number> {
  const layer = readLayer(root, id)
  if (layer === undefined) return 0
  const forms = `${layer.hasTree ? 'tree' : ''}+${layer.hasTar ? 'tar' : ''}`
  const path = layerFile.disk(root, id)
  const known = optional({ value: readRecord(path), at: `disk use of layer ${id}` }, (found) =>
    field(found, 'forms').value === forms ? asSize(field(found, 'sizeBytes')) : undefined,
  )
  if (known !== undefined) return known
  const sizeBytes = await createDiskCount().add(layerFolder(root, id))
  publishRecord(root, path, { forms, sizeBytes })
  return sizeBytes
}

async function count(path: string, seen: Set<string>): Promise<number> {
  let sum = 0
  const waiting = [path]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const found = lookAt(next)
    if (found === undefined) continue
    const inode = `${found.dev}:${found.ino}`
    if (seen.has(inode)) continue
    seen.add(inode)
    sum += found.blocks * BLOCK_BYTES
    if (!found.isDirectory()) continue
    for (const name of namesIn(next)) waiting.push(join(next, name))
    await breathe()
  }
  return sum
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (isMissing(error)) return undefined // removed meanwhile
    throw error
  }
}

/** A directory of another user (a rootless tree) that may not be read counts with its own blocks only. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if (isMissing(error) || hasErrno(error, 'EACCES')) return []
    throw error
  }
}
