import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, hexOf } from '../../image-spec/index.ts'
import type { PartialBlob } from '../blob-store.ts'
import { isMissing, withFileErrorsSync } from '../files/file-errors.ts'
import { ownerState, temporaryName } from '../files/temporary-owner.ts'
import type { StoreTreeWork } from '../tree-work.ts'

export type BlobWork = Pick<StoreTreeWork, 'followBlob' | 'receiveBytes' | 'uncompress'>

/**
 * Names are `partial-<hex>~<owner>`, without an owner if no process works on it. Unlike other temporary files, they are
 * removed only by garbage collection. Renaming such a file to a process's own name claims it: two processes never write
 * to one.
 */
export function claimPartial(root: string, digest: Digest, trees: BlobWork): PartialBlob {
  const folder = join(root, 'tmp')
  const free = join(folder, `partial-${hexOf(digest)}`)
  const path = `${free}~${temporaryName()}`
  const statePath = `${path}.state`
  withFileErrorsSync(`continue blob "${digest}"`, () => {
    const names = readdirSync(folder).filter((name) => join(folder, name).startsWith(free))
    const left = names.find(isFree)
    if (left === undefined || !move(join(folder, left), path)) return
    move(join(folder, `${left}.state`), statePath)
    // A state that was being written when its process died.
    for (const name of names.filter((name) => name.startsWith(`${left}.`))) rmSync(join(folder, name), { force: true })
  })
  return {
    path,
    statePath,
    follow: (from, onState) => trees.followBlob({ path, ...(from && { from }) }, onState),
    receive: async (part, options) => (await trees.receiveBytes({ path, ...part }, options)).receivedBytes,
    keep: () => {
      // Bytes last: if they exist, their state does, too.
      move(statePath, `${free}.state`)
      if (existsSync(path)) move(path, free)
    },
    discard: () => {
      rmSync(path, { force: true })
      rmSync(statePath, { force: true })
    },
  }
}

function isFree(name: string): boolean {
  if (name.endsWith('.state') || name.endsWith('.new')) return false
  const owner = name.split('~')[1]
  return owner === undefined || ownerState(owner) === 'dead'
}

/** False if another process was faster. */
function move(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
