import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lease } from '../collect/lease.ts'
import { encodeRecord } from '../files/checked-record.ts'
import { withFileErrors, withFileErrorsSync } from '../files/file-errors.ts'
import { layerFolder } from '../files/store-paths.ts'
import { ownerState, temporaryName } from '../files/temporary-owner.ts'
import type { LayerDraft, LayerId } from '../layers.ts'
import type { StoreTreeWork } from '../tree-work.ts'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** A directory for a new layer in `tmp/`, invisible until `publishDraft` renames it. */
export function createDraft(root: string, form: 'tree' | 'tar'): LayerDraft {
  const directory = join(root, 'tmp', temporaryName())
  const draft: LayerDraft = {
    id: randomLayerId(),
    directory,
    tree: join(directory, 'tree'),
    work: join(directory, 'work'),
    tar: join(directory, 'layer.tar'),
    index: join(directory, 'index'),
  }
  withFileErrorsSync('prepare a layer', () => {
    mkdirSync(directory, { mode: 0o700 })
    if (form === 'tar') return
    mkdirSync(draft.tree)
    chmodSync(draft.tree, 0o755) // it becomes the root of a container, whatever the caller's umask
    mkdirSync(draft.work)
  })
  return draft
}

interface DraftParts {
  readonly root: string
  readonly trees: StoreTreeWork
  readonly lease: Lease
}

/** Renames the draft into place, with everything written to it. Durability is up to images. */
export async function publishDraft({ root, trees, lease }: DraftParts, draft: LayerDraft): Promise<void> {
  await removeWork(draft, trees)
  await lease.add([draft.id])
  await withFileErrors(`store layer "${draft.id}"`, async () => {
    const record = encodeRecord({ id: draft.id, createdAt: new Date().toISOString() })
    writeFileSync(join(draft.directory, 'layer.json'), record, { flag: 'wx', mode: 0o600 })
    renameSync(draft.directory, layerFolder(root, draft.id))
  })
}

/** Removes what dead processes of this machine left in `tmp/`. */
export async function sweepDead(root: string, trees: StoreTreeWork): Promise<void> {
  const folder = join(root, 'tmp')
  const dead = readdirSync(folder).filter((name) => ownerState(name) === 'dead')
  if (dead.length > 0) await trees.remove({ paths: dead.map((name) => join(folder, name)) })
}

/** The kernel leaves an empty `work/work` with mode 0, which its owner can remove but not open. */
async function removeWork(draft: LayerDraft, trees: StoreTreeWork): Promise<void> {
  if (!existsSync(draft.work)) return
  try {
    if (existsSync(join(draft.work, 'work'))) rmdirSync(join(draft.work, 'work'))
    rmdirSync(draft.work)
  } catch {
    await trees.remove({ paths: [draft.work] }) // not empty: index directories, or owned by others
  }
}

/** 60 random bits. */
function randomLayerId(): LayerId {
  let id = ''
  for (const byte of randomBytes(12)) id += BASE32[byte & 31]
  return id as LayerId // 12 characters of base32 by construction
}
