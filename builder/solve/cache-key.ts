import { createHash } from 'node:crypto'

/**
 * A cache key over ingredients, in order. Lengths are part of the encoding, so that no two lists of ingredients have
 * the same encoding.
 */
export function cacheKeyOf(kind: 'definition' | 'content' | 'identity', ingredients: readonly string[]): string {
  const hash = createHash('sha256').update(`tsbuild ${kind} 1\n`)
  for (const ingredient of ingredients) hash.update(`${Buffer.byteLength(ingredient)}:`).update(ingredient)
  return hash.digest('hex')
}
