import { linkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type Descriptor, MediaType } from '../descriptor.ts'
import { parseDigest } from '../digest.ts'
import { asStoreError } from '../files/file-errors.ts'
import type { Chain, LayerCompression, LayerForm, LayerId } from '../layer-store.ts'
import { rememberDiff } from './diff-ids.ts'
import { type CompressedFact, layerFile, readCompressed, readDiff, writeCompressed } from './layer-files.ts'
import { formsBelow, type LayerParts, readyForm, unreadable } from './make-trees.ts'

const MEDIA_TYPES = {
  oci: { none: MediaType.ociLayer, gzip: MediaType.ociLayerGzip, zstd: MediaType.ociLayerZstd },
  docker: {
    none: 'application/vnd.docker.image.rootfs.diff.tar',
    gzip: MediaType.dockerLayerGzip,
    zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  },
} as const

/** A blob of the wanted compression: one that is here, else made now and remembered. */
export async function compressedBlob(
  parts: LayerParts,
  chain: Chain,
  position: number,
  want: LayerCompression,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const id = chain[position]
  if (id === undefined) throw new RangeError(`no layer at ${position}`)
  const mediaType = MEDIA_TYPES[want.mediaTypes][want.algorithm]
  const { digest, size } =
    (await findBlob(parts, id, want, signal)) ?? (await makeBlob(parts, chain, position, want, signal))
  return { mediaType, digest, size }
}

async function findBlob(
  parts: LayerParts,
  id: LayerId,
  want: LayerCompression,
  signal: AbortSignal | undefined,
): Promise<Descriptor | undefined> {
  for (const fact of readCompressed(parts.root, id)) {
    if (!isWanted(fact, want) || !(await parts.blobs.has(fact.descriptor.digest))) continue
    if (fact.isVerified || (await isProven(parts, id, fact, signal))) return fact.descriptor
  }
  return undefined
}

function isWanted(fact: CompressedFact, want: LayerCompression): boolean {
  const { mediaType } = fact.descriptor
  if (mediaType !== MEDIA_TYPES.oci[want.algorithm] && mediaType !== MEDIA_TYPES.docker[want.algorithm]) return false
  return want.level === undefined || want.level === fact.level
}

/** SECURITY: a blob that a manifest claims to be this layer is read through before it is handed on as this layer. */
async function isProven(
  parts: LayerParts,
  id: LayerId,
  fact: CompressedFact,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const known = readDiff(parts.root, id)
  if (known === undefined) return false
  try {
    const layer = { kind: 'blob' as const, path: parts.blobs.path(fact.descriptor.digest) }
    const read = await parts.trees.packLayer({ layer, base: [] }, signal)
    if (read.diffId !== known.diffId) return false
    writeCompressed(parts.root, id, { ...fact, isVerified: true })
    return true
  } catch {
    signal?.throwIfAborted()
    return false // not an archive at all: make a good one instead
  }
}

async function makeBlob(
  parts: LayerParts,
  chain: Chain,
  position: number,
  want: LayerCompression,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const id = chain[position]
  if (id === undefined) throw new RangeError(`no layer at ${position}`)
  const path = parts.blobs.temporaryPath()
  try {
    const packed = linkTar(parts, id, want, path) ?? (await pack(parts, chain, position, want, path, signal))
    await parts.blobs.adopt(path, packed.digest)
    const descriptor = { mediaType: MEDIA_TYPES.oci[want.algorithm], ...packed }
    const level = want.level === undefined ? {} : { level: want.level }
    writeCompressed(parts.root, id, { descriptor, ...level, isVerified: true })
    return descriptor
  } catch (error) {
    signal?.throwIfAborted()
    throw asStoreError(`pack layer "${id}"`, error)
  } finally {
    await rm(path, { force: true })
  }
}

type Packed = Pick<Descriptor, 'digest' | 'size'>

/** A tar whose diff id is known is the uncompressed blob already: the two share their bytes on disk. */
function linkTar(parts: LayerParts, id: LayerId, want: LayerCompression, path: string): Packed | undefined {
  const known = readDiff(parts.root, id)
  const form = readyForm(parts.root, id)
  if (want.algorithm !== 'none' || form?.kind !== 'tar' || known?.sizeBytes === undefined) return undefined
  linkSync(layerFile.tar(parts.root, id), path)
  return { digest: known.diffId, size: known.sizeBytes }
}

async function pack(
  parts: LayerParts,
  chain: Chain,
  position: number,
  want: LayerCompression,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Packed> {
  const source = await packSource(parts, chain, position)
  const level = want.level === undefined ? {} : { level: want.level }
  const output = { path, compression: want.algorithm, ...level }
  const packed = await parts.trees.packLayer({ ...source, output }, signal)
  const diffId = parseDigest(packed.diffId)
  rememberDiff(parts, chain, position, { diffId, sizeBytes: packed.sizeBytes })
  if (packed.digest === undefined || packed.outputSizeBytes === undefined) {
    throw new Error('pack-layer with an output gave no digest of it')
  }
  return { digest: parseDigest(packed.digest), size: packed.outputSizeBytes }
}

type PackSource = {
  readonly layer: LayerForm | { readonly kind: 'blob'; readonly path: string }
  readonly base: readonly LayerForm[]
}

/** A layer that exists as a blob only is recompressed from it, without making a tree. */
async function packSource(parts: LayerParts, chain: Chain, position: number): Promise<PackSource> {
  const id = chain[position]
  const form = id === undefined ? undefined : readyForm(parts.root, id)
  if (form !== undefined)
    return { layer: form, base: form.kind === 'tree' ? formsBelow(parts.root, chain, position) : [] }
  for (const fact of id === undefined ? [] : readCompressed(parts.root, id)) {
    const { digest } = fact.descriptor
    if (await parts.blobs.has(digest)) return { layer: { kind: 'blob', path: parts.blobs.path(digest) }, base: [] }
  }
  return unreadable(id)
}
