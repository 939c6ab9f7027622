import { createHash } from 'node:crypto'
import type { TarEntry } from './read-tar.ts'

/** Absolute path → file. Hard links share one entry. */
export type Tree = ReadonlyMap<string, TarEntry>

const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'

/** Applies layers on top of each other, bottom first, as container engines unpack them. */
export function flatten(layers: readonly (readonly TarEntry[])[]): Tree {
  const tree = new Map<string, TarEntry>()
  for (const layer of layers) {
    for (const { path } of layer) hideLower(tree, absolute(path))
    for (const entry of layer) place(tree, absolute(entry.path), entry)
  }
  return tree
}

function hideLower(tree: Map<string, TarEntry>, path: string): void {
  const [directory, name] = split(path)
  if (name === OPAQUE) removeBelow(tree, directory)
  else if (name.startsWith(WHITEOUT)) {
    const hidden = join(directory, name.slice(WHITEOUT.length))
    tree.delete(hidden)
    removeBelow(tree, hidden)
  }
}

function place(tree: Map<string, TarEntry>, path: string, entry: TarEntry): void {
  if (split(path)[1].startsWith(WHITEOUT)) return
  if (entry.type !== '5') removeBelow(tree, path)
  const placed = entry.type === '1' ? tree.get(absolute(entry.link)) : entry
  if (placed === undefined) throw new Error(`"${path}" is a hard link to "${entry.link}", which is not there`)
  tree.set(path, placed)
}

function removeBelow(tree: Map<string, TarEntry>, directory: string): void {
  const below = directory === '/' ? '/' : `${directory}/`
  for (const path of tree.keys()) if (path.startsWith(below) && path !== directory) tree.delete(path)
}

/** Path → one readable line with everything that is compared. */
export function describeTree(tree: Tree): ReadonlyMap<string, string> {
  const first = new Map<TarEntry, string>()
  const lines = new Map<string, string>()
  for (const path of [...tree.keys()].sort()) {
    const entry = tree.get(path)
    if (entry === undefined) continue
    const twin = first.get(entry)
    lines.set(path, twin === undefined ? describeEntry(entry) : `hard link of ${twin}`)
    if (twin === undefined) first.set(entry, path)
  }
  return lines
}

/** Later times are those of the build, and differ between runs. */
const OLDEST_BUILD_SECONDS = Date.UTC(2020, 0) / 1000

function describeEntry(entry: TarEntry): string {
  const owner = `${entry.mode.toString(8).padStart(4, '0')} ${entry.uid}:${entry.gid}`
  const kept = entry.mtime < OLDEST_BUILD_SECONDS && entry.type !== '5' ? ` mtime ${entry.mtime}` : ''
  const xattrs = Object.entries(entry.xattrs).map(([name, hex]) => ` ${name}=${hex}`)
  return `${describeKind(entry, owner)}${kept}${xattrs.sort().join('')}`
}

function describeKind({ type, link, device, content }: TarEntry, owner: string): string {
  if (type === '5') return `directory ${owner}`
  if (type === '2') return `link ${owner} -> ${link}`
  if (type === '3') return `character device ${owner} ${device.join(':')}`
  if (type === '4') return `block device ${owner} ${device.join(':')}`
  if (type === '6') return `pipe ${owner}`
  const text = content.toString()
  const isShort = content.length <= 60 && /^[\x20-\x7e\n\t]*$/.test(text)
  const shown = isShort ? JSON.stringify(text) : `sha256:${createHash('sha256').update(content).digest('hex')}`
  return `file ${owner} ${content.length} bytes ${shown}`
}

function absolute(path: string): string {
  return `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`
}

function split(path: string): readonly [directory: string, name: string] {
  const slash = path.lastIndexOf('/')
  return [slash <= 0 ? '/' : path.slice(0, slash), path.slice(slash + 1)]
}

function join(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`
}
