import { hasCode, messageOf } from '../../errors/index.ts'
import { StoreError } from '../errors.ts'
import { asStoreError } from '../files/file-errors.ts'
import type { LayerId } from '../layers.ts'
import { readCompressed } from './layer-files.ts'

/** The archive reader does not know which blob it reads. */
export function badLayer(name: string, cause: unknown): StoreError {
  const found = messageOf(cause).replace(/^Cannot read the archive: /, '')
  return new StoreError('STORE_BAD_LAYER', `Cannot unpack layer "${name}": ${found}`, {
    hint: 'Pull the image again; if it persists, build and push it again',
    cause,
  })
}

/** For failures of reading the whole layer, in order to `action` it. */
export function readingFailure(
  { root, id }: { readonly root: string; readonly id: LayerId },
  action: string,
  cause: unknown,
): unknown {
  if (!hasCode(cause, 'TREE_ARCHIVE')) return asStoreError(`${action} layer "${id}"`, cause)
  return badLayer(readCompressed(root, id)[0]?.descriptor.digest ?? id, cause)
}
