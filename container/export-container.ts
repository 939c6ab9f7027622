import { createReadStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { LayerForm } from '../layer-store/index.ts'
import { filesOf } from './container-files.ts'
import type { ContainerContext } from './context.ts'
import type { StoredContainer } from './stored-container.ts'

/** The whole filesystem, without what is mounted, as one tar. */
export async function exportContainer(
  context: ContainerContext,
  stored: StoredContainer,
  output: Writable,
): Promise<void> {
  const upper: LayerForm = { kind: 'tree', path: filesOf(context.root, stored.id).upper }
  const layers = [upper, ...(await context.store.layers.forms(stored.chain))]
  await streamTar(context, { layers }, output)
}

/**
 * A file or directory as a tar, from the volume or host directory that is mounted there, or from the container's own
 * files. Links are followed beneath the root they lie in. Throws TREE_MISSING where there is nothing.
 */
export async function copyFromContainer(
  context: ContainerContext,
  stored: StoredContainer,
  request: { readonly path: string; readonly output: Writable },
): Promise<void> {
  const { path, output } = request
  const mount = stored.mounts.findLast(
    ({ kind, target }) => kind !== 'tmpfs' && (path === target || path.startsWith(`${target}/`)),
  )
  if (mount !== undefined) {
    const layers: LayerForm[] = [{ kind: 'tree', path: mount.source }]
    return streamTar(context, { layers, subpath: path.slice(mount.target.length) || '/' }, output)
  }
  const upper: LayerForm = { kind: 'tree', path: filesOf(context.root, stored.id).upper }
  const layers = [upper, ...(await context.store.layers.forms(stored.chain))]
  return streamTar(context, { layers, subpath: path }, output)
}

async function streamTar(
  context: ContainerContext,
  source: { readonly layers: readonly LayerForm[]; readonly subpath?: string },
  output: Writable,
): Promise<void> {
  const path = context.store.blobs.temporaryPath()
  try {
    await context.native.trees.flatten({ ...source, output: { kind: 'tar', path } })
    await pipeline(createReadStream(path), output)
  } finally {
    await context.native.trees.remove({ paths: [path] })
  }
}
