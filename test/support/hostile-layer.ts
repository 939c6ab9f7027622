import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LayerSource, UnpackLayerRequest } from '../../sandbox-native/driver/index.ts'
import { type RawEntry, rawTar } from './raw-tar.ts'
import { trees, workspace } from './trees.ts'

export interface Attempt {
  /** Path of the tree, if the layer was accepted. */
  readonly tree: string
  /** A directory next to the tree, which an escape would reach. */
  readonly outside: string
  /** Undefined if the layer was accepted. */
  readonly code?: string
  readonly message?: string
}

/** Unpacks a hostile layer next to a file that must not change, and verifies that a refusal leaves nothing behind. */
export async function attempt(
  archive: readonly RawEntry[] | Buffer,
  more: { readonly base?: readonly LayerSource[]; readonly limits?: UnpackLayerRequest['limits'] } = {},
): Promise<Attempt> {
  const directory = workspace()
  const outside = join(directory, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'precious'), 'precious')
  const blob = join(directory, 'blob')
  writeFileSync(blob, Buffer.isBuffer(archive) ? archive : rawTar(archive))
  const tree = join(directory, 'layers', 'tree')
  mkdirSync(join(directory, 'layers'))
  const limits = more.limits === undefined ? {} : { limits: more.limits }
  try {
    await trees.unpackLayer({ blob, tree, base: more.base ?? [], ...limits })
    return { tree, outside }
  } catch (cause) {
    if (existsSync(tree) || readdirSync(join(directory, 'layers')).length > 0) {
      throw new Error('A refused layer left something behind', { cause })
    }
    const { code, message } = cause as { code: string; message: string }
    return { tree, outside, code, message }
  }
}
