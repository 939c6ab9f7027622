import { closeSync, openSync, readdirSync } from 'node:fs'
import type { Image } from '../../layer-store/index.ts'
import { SandboxError } from '../../sandbox-native/driver/index.ts'
import type { ContainerContext } from '../contract/context.ts'

export interface FillRequest {
  readonly image: Image
  /** Path in the container. */
  readonly target: string
  /** The files survive a power failure. */
  readonly flush: boolean
}

/** Copies the image's content of that path into the directory, including the owner and mode of the path itself. */
export async function fillDirectory(
  context: ContainerContext,
  { image, target, flush }: FillRequest,
  directory: string,
): Promise<void> {
  const layers = await context.store.layers.forms(image.chain)
  const output = { kind: 'directory', path: directory, keepOwners: true, flush } as const
  try {
    await context.native.trees.flatten({ layers, subpath: target, output })
  } catch (error) {
    if (!(error instanceof SandboxError && error.code === 'TREE_MISSING')) throw error
  }
}

/**
 * Fills an existing volume if it is empty. It is filled in place, as containers may have it mounted, by one process at
 * a time, which holds the volume's `folder`.
 */
export async function fillIfEmpty(
  context: ContainerContext,
  request: FillRequest,
  volume: { readonly folder: string; readonly directory: string },
): Promise<void> {
  const isEmpty = () => readdirSync(volume.directory).length === 0
  if (!isEmpty()) return
  const lock = openSync(volume.folder, 'r')
  try {
    await context.native.trees.lock(lock, { mode: 'exclusive', tryOnly: false })
    if (isEmpty()) await fillDirectory(context, request, volume.directory)
  } finally {
    closeSync(lock)
  }
}
