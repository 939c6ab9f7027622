import { lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../errors.ts'

/**
 * Throws for another user's store. SECURITY: the owner of a directory controls where its names lead: a link in place of
 * `tmp` would make root's prune empty any other directory. → test/attack/stores/foreign-store.test.ts
 */
export function refuseStoreOfOthers(root: string): void {
  refuseForeign(root, root, statSync(root).uid)
  for (const name of readdirSync(root)) {
    const found = lstatSync(join(root, name), { throwIfNoEntry: false }) // removed concurrently
    if (found !== undefined) refuseForeign(root, join(root, name), found.uid)
  }
}

function refuseForeign(root: string, path: string, owner: number): void {
  const own = process.geteuid?.() ?? 0
  if (owner === own || owner === 0) return
  const needed = own === 0 ? 'root' : `user ${own} or root`
  const message = `Cannot open store "${root}": "${path}" belongs to user ${owner} (expected ${needed})`
  throw new StoreError('STORE_DENIED', message, {
    hint: 'Run tsbuild as that user, or use another directory with --root',
  })
}
