import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Descriptor } from '../../image-spec/index.ts'
import { type Digest, hexOf, present } from '../../image-spec/index.ts'
import { StoreError } from '../errors.ts'
import { encodeRecord } from '../files/checked-record.ts'
import { withFileErrors } from '../files/file-errors.ts'
import { layerFolder } from '../files/store-paths.ts'
import { temporaryName } from '../files/temporary-owner.ts'
import type { LayerDraft, LayerId, LayerRecord, Layers, RemoteForm } from '../layers.ts'
import { type LayerParts, readyForm, unreadable } from './create-trees.ts'
import { createDraft, publishDraft } from './drafts.ts'
import {
  type CompressedFact,
  claimDiffId,
  type DiffFact,
  hasRecord,
  layerFile,
  readDiffIdLink,
  readLayer,
  writeCompressed,
  writeDiff,
} from './layer-files.ts'
import { writeRemoteForm } from './remote-forms.ts'

export async function commitTree(parts: LayerParts, draft: LayerDraft): Promise<LayerRecord> {
  rmSync(draft.tar, { force: true })
  rmSync(draft.index, { force: true })
  await publishDraft(parts, draft)
  return stored(parts, draft.id)
}

export async function commitTar(
  parts: LayerParts,
  draft: LayerDraft,
  known: Parameters<Layers['commitTar']>[1],
): Promise<LayerRecord> {
  await withFileErrors(`store layer "${draft.id}"`, async () => {
    const found = statSync(draft.tar).size
    if (found !== known.sizeBytes) {
      const message = `Cannot store layer "${draft.id}": its tar has ${found} bytes (expected ${known.sizeBytes})`
      throw new StoreError('STORE_SIZE_MISMATCH', message)
    }
    if (existsSync(draft.tree)) rmdirSync(draft.tree)
  })
  const { diffId, sizeBytes, contentBytes } = known
  const fact = diffId && { diffId, sizeBytes, ...present('contentBytes', contentBytes) }
  if (fact !== undefined && !known.hasLiteralNames) return stored(parts, await commitKnown(parts, draft, fact))
  if (fact !== undefined) writeInDraft(draft, 'diff.json', fact)
  if (known.hasLiteralNames) writeInDraft(draft, 'literal', {})
  await publishDraft(parts, draft)
  return stored(parts, draft.id)
}

/** A layer received as a blob, from a registry or an archive. */
export async function addBlob(parts: LayerParts, descriptor: Descriptor, diffId: Digest): Promise<LayerRecord> {
  if (!(await parts.blobs.has(descriptor.digest))) {
    const message = `Cannot add layer "${diffId}": its blob ${descriptor.digest} is not in the store`
    throw new StoreError('STORE_BLOB_MISSING', message)
  }
  const fact: CompressedFact = { descriptor, isVerified: descriptor.digest === diffId }
  const existing = await findKept(parts, diffId)
  if (existing !== undefined) {
    writeCompressed(parts.root, existing, fact)
    return stored(parts, existing)
  }
  const draft = createDraft(parts.root, 'tar')
  mkdirSync(join(draft.directory, 'compressed'), { mode: 0o700 })
  writeInDraft(draft, join('compressed', hexOf(descriptor.digest)), fact)
  const sizeBytes = fact.isVerified ? { sizeBytes: descriptor.size } : {}
  const id = await commitKnown(parts, draft, { diffId, ...sizeBytes })
  if (id !== draft.id) writeCompressed(parts.root, id, fact) // another process was faster
  return stored(parts, id)
}

/** A layer of which only the diff ID and remote locations are known. */
export async function addRemote(parts: LayerParts, diffId: Digest, forms: readonly RemoteForm[]): Promise<LayerId> {
  const existing = await findKept(parts, diffId)
  const id = existing ?? (await commitKnown(parts, createDraft(parts.root, 'tar'), { diffId }))
  for (const form of forms) writeRemoteForm(parts.root, id, form)
  return id
}

/** A directory with a tree may contain files of other owners, and is removed by the native binary. */
export async function discard(parts: LayerParts, directory: string): Promise<void> {
  const tree = join(directory, 'tree')
  try {
    if (existsSync(tree)) rmdirSync(tree)
    rmSync(directory, { recursive: true })
  } catch {
    await parts.trees.remove({ paths: [directory] })
  }
}

/** The first of equal layers wins, even across processes. */
async function commitKnown(parts: LayerParts, draft: LayerDraft, fact: DiffFact): Promise<LayerId> {
  const existing = await findKept(parts, fact.diffId)
  if (existing !== undefined) {
    await withFileErrors(`store layer "${existing}"`, async () =>
      storeTar({ root: parts.root, id: existing }, draft, fact),
    )
    await discard(parts, draft.directory)
    return existing
  }
  writeInDraft(draft, 'diff.json', fact)
  await publishDraft(parts, draft)
  const winner = await claimKept(parts, fact.diffId, draft.id)
  if (winner !== draft.id) await withdraw(parts, draft.id)
  return winner
}

/** The layer with a diff ID, kept while the store is held. */
export async function findKept({ root, lease }: LayerParts, diffId: Digest): Promise<LayerId | undefined> {
  for (;;) {
    const id = readDiffIdLink(root, diffId)
    if (id === undefined) return undefined
    await lease.add([id])
    if (readDiffIdLink(root, diffId) === id) return id
  }
}

/** `claimDiffId`, repeated if the winning layer is garbage-collected concurrently. */
async function claimKept({ root, lease }: LayerParts, diffId: Digest, id: LayerId): Promise<LayerId> {
  for (;;) {
    const winner = claimDiffId(root, diffId, id)
    await lease.add([winner])
    if (winner === id || hasRecord(root, winner)) return winner
  }
}

/**
 * SECURITY: a layer with nothing but a claimed blob gains the tar, so that an earlier false claim cannot block good
 * content.
 */
function storeTar(
  { root, id }: { readonly root: string; readonly id: LayerId },
  draft: LayerDraft,
  fact: DiffFact,
): void {
  if (!existsSync(draft.tar) || readyForm(root, id) !== undefined) return
  renameSync(draft.index, layerFile.index(root, id))
  renameSync(draft.tar, layerFile.tar(root, id))
  writeDiff(root, id, fact)
}

/** Removes a layer that no other process can know yet. */
async function withdraw(parts: LayerParts, id: LayerId): Promise<void> {
  const away = join(parts.root, 'tmp', temporaryName())
  renameSync(layerFolder(parts.root, id), away)
  await discard(parts, away)
}

function writeInDraft(draft: LayerDraft, name: string, record: unknown): void {
  writeFileSync(join(draft.directory, name), encodeRecord(record), { flag: 'wx', mode: 0o600 })
}

function stored(parts: LayerParts, id: LayerId): LayerRecord {
  return readLayer(parts.root, id) ?? unreadable(id)
}
