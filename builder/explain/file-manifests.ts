import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import type { FilesReason } from '../request/explanation.ts'

/** Manifests are named by the digest of the selection; 20,000 files take about 2 MB. */
const MAX_TOTAL_BYTES = 64 << 20
const MAX_NAMES = 100

/** Directory of the manifests; pruning the build cache removes them together with the records that refer to them. */
export function manifestDirectory(storeRoot: string): string {
  return join(storeRoot, 'cache', 'decisions')
}

/** What differs between two selections; undefined if one of their manifests has been removed. */
export function compareManifests(storeRoot: string, before: string, after: string): FilesReason['changes'] {
  const [old, now] = [readManifest(storeRoot, before), readManifest(storeRoot, after)]
  if (old === undefined || now === undefined) return undefined
  const [added, changed, removed]: [string[], string[], string[]] = [[], [], []]
  for (const [path, digest] of now) {
    const known = old.get(path)
    if (known === undefined) added.push(path)
    else if (known !== digest) changed.push(path)
  }
  for (const path of old.keys()) if (!now.has(path)) removed.push(path)
  return { added: firstOf(added), changed: firstOf(changed), removed: firstOf(removed) }
}

/** Removes the least recently used manifests while their total size exceeds the limit. */
export function trimManifests(storeRoot: string): void {
  const directory = manifestDirectory(storeRoot)
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.manifest'))
    .flatMap((name) => {
      const path = join(directory, name)
      const found = statSync(path, { throwIfNoEntry: false })
      return found ? [{ path, size: found.size, usedMs: found.mtimeMs }] : []
    })
  let total = 0
  for (const { path, size } of files.sort((one, other) => other.usedMs - one.usedMs)) {
    total += size
    if (total > MAX_TOTAL_BYTES) rmSync(path, { force: true })
  }
}

function firstOf(names: readonly string[]) {
  return { count: names.length, names: names.slice(0, MAX_NAMES) }
}

function readManifest(storeRoot: string, digest: string): ReadonlyMap<string, string> | undefined {
  const path = join(manifestDirectory(storeRoot), `${digest.replace(/^blake3:/, '')}.manifest`)
  const text = readIfThere(path)
  if (text === undefined) return undefined
  const lines = text.split('\n').slice(0, -1)
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf('\t')), line.slice(line.lastIndexOf('\t') + 1)]))
}

/** Pruning removes files with the build cache, even during a build. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
