import { randomBytes } from 'node:crypto'
import { readdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Image } from '../layer-store/index.ts'
import { SandboxError } from '../sandbox-native/driver/index.ts'
import type { ContainerContext } from './context.ts'

export interface FillRequest {
  readonly volume: string
  /** It is the volume's `_data`, not a directory that somebody else made. */
  readonly isOwn: boolean
  /** Place in the container. */
  readonly target: string
  readonly image: Image
}

/** An empty volume gets what the image has at its place, with owners and modes; its own directory whole, or nothing. */
export async function fillVolume(
  context: ContainerContext,
  { volume, isOwn, target, image }: FillRequest,
): Promise<void> {
  if (readdirSync(volume).length > 0) return
  const { trees } = context.native
  const draft = isOwn ? join(dirname(volume), `.fill-${randomBytes(4).toString('hex')}`) : volume
  const layers = await context.store.layers.forms(image.chain)
  try {
    await trees.flatten({ layers, subpath: target, output: { kind: 'directory', path: draft, keepOwners: true } })
    if (isOwn) renameSync(draft, volume) // replaces the empty directory
  } catch (error) {
    if (isOwn) await trees.remove({ paths: [draft] })
    if (!(error instanceof SandboxError && error.code === 'TREE_MISSING')) throw error
  }
}
