import { realpathSync } from 'node:fs'
import { relative } from 'node:path'

/** Ignore pattern for a store inside the context, where CI systems keep caches: `COPY .` must not copy every image. */
export function storePattern(root: string, store: string): readonly string[] {
  const path = relative(root, realpathSync.native(store))
  const isOutside = path === '' || path === '..' || path.startsWith('../')
  return isOutside ? [] : [path.replace(/[\\*?[!]/g, '\\$&')]
}
