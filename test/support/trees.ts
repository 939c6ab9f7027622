import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileAction, type LayerSource, openNative, type TreeWork } from '../../sandbox-native/driver/index.ts'
import { removeAfterTest } from './removed-afterwards.ts'

export const trees: TreeWork = openNative().trees

/** A directory that is removed after the test. */
export function workspace(): string {
  const path = mkdtempSync(join(tmpdir(), 'tsbuild-trees-'))
  removeAfterTest(() => trees.remove({ paths: [path] }))
  return path
}

/** Runs shell lines in a directory with `set -e`. */
export function shell(directory: string, script: string): string {
  return execFileSync('/bin/bash', ['-ec', script], { cwd: directory, encoding: 'utf8', stdio: 'pipe' })
}

/** One line per entry, sorted: path, type, mode, owner, and details of the type. */
export function listTree(root: string, below = ''): readonly string[] {
  return readdirSync(join(root, below)).flatMap((name) => {
    const path = join(below, name)
    const line = `${path} ${describe(join(root, path))}`
    return lstatSync(join(root, path)).isDirectory() ? [line, ...listTree(root, path)] : [line]
  })
}

function describe(path: string): string {
  const stat = lstatSync(path)
  const common = `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`
  if (stat.isDirectory()) return `dir ${common}`
  if (stat.isSymbolicLink()) return `link ${stat.uid}:${stat.gid} -> ${readlinkSync(path)}`
  if (stat.isCharacterDevice()) return `char ${common} ${stat.rdev}`
  if (stat.isFIFO()) return `fifo ${common}`
  return `file ${common} ${createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 8)}`
}

/** GNU tar's listing of an archive: mode, owner, name. */
export function listTar(path: string): readonly string[] {
  const text = execFileSync('tar', ['-tvf', path, '--numeric-owner', '--quoting-style=literal'], { encoding: 'utf8' })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^(\S+)\s+(\S+)\s+\S+\s+\S+\s+\S+\s(.*)$/, '$1 $2 $3'))
}

/** Writes a layer and returns it as a source for further work. */
export async function writeLayer(
  directory: string,
  base: readonly LayerSource[],
  actions: readonly FileAction[],
): Promise<Extract<LayerSource, { kind: 'tar' }> & { readonly diffId: string; readonly entryCount: number }> {
  const name = join(directory, `layer-${base.length}-${Math.random().toString(36).slice(2)}`)
  const request = { base, actions, tar: `${name}.tar`, index: `${name}.index`, wantDiffId: true }
  const result = await trees.writeLayer(request)
  return {
    kind: 'tar',
    path: request.tar,
    index: request.index,
    diffId: result.diffId ?? '',
    entryCount: result.entryCount,
  }
}

/** The merged content of layers as lines. */
export async function mergedListing(directory: string, layers: readonly LayerSource[]): Promise<readonly string[]> {
  const path = join(directory, `merged-${Math.random().toString(36).slice(2)}.tar`)
  await trees.flatten({ layers: layers.map(sourceOnly), output: { kind: 'tar', path } })
  const lines = listTar(path)
  rmSync(path)
  return lines
}

export function sourceOnly(layer: LayerSource): LayerSource {
  return layer.kind === 'tree'
    ? { kind: 'tree', path: layer.path }
    : { kind: 'tar', path: layer.path, index: layer.index }
}

/** A new tree as the only base layer. */
export function treeOf(path: string): LayerSource {
  return { kind: 'tree', path }
}
