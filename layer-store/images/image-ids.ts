import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, hexOf, isDigest, parseIdPrefix } from '../../image-spec/index.ts'
import { StoreError } from '../errors.ts'

/** The image with this ID, or the only one whose ID begins with it. Throws STORE_AMBIGUOUS_ID. */
export function findImageId(root: string, idOrPrefix: string): Digest | undefined {
  const prefix = parseIdPrefix(idOrPrefix)
  if (prefix === undefined) return undefined
  const found = readImageIds(root).filter((id) => hexOf(id).startsWith(prefix))
  if (found.length > 1) {
    const message = `Cannot find image "${idOrPrefix}": ${found.length} images match this prefix (expected one)`
    throw new StoreError('STORE_AMBIGUOUS_ID', message, { hint: 'Use more characters of the ID' })
  }
  return found[0]
}

export function readImageIds(root: string): readonly Digest[] {
  return readdirSync(join(root, 'images'))
    .map((name) => `sha256:${name.replace(/\.json$/, '')}`)
    .filter(isDigest)
}
