import { existsSync, linkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type Descriptor, isForeignLayer, MediaType, parseDigest } from '../../image-spec/index.ts'
import { asStoreError } from '../files/file-errors.ts'
import type { LayerCompression } from '../layers.ts'
import { rememberDiff } from './diff-ids.ts'
import { type CompressedFact, layerFile, readCompressed, readDiff, writeCompressed } from './layer-files.ts'
import { type PackJob, packSource } from './pack-source.ts'

const MEDIA_TYPES = {
  oci: { none: MediaType.ociLayer, gzip: MediaType.ociLayerGzip, zstd: MediaType.ociLayerZstd },
  docker: {
    none: 'application/vnd.docker.image.rootfs.diff.tar',
    gzip: MediaType.dockerLayerGzip,
    zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  },
} as const

/** A blob of the wanted compression: one that is here, else made now and remembered. */
export async function compressedBlob(job: PackJob, want: LayerCompression, signal?: AbortSignal): Promise<Descriptor> {
  const foreign = await findForeign(job, want, signal)
  if (foreign !== undefined) return foreign
  return typed((await findBlob(job, want, signal)) ?? (await makeBlob(job, want, signal)), want)
}

/** A verified blob of the wanted compression, if one is here. */
export async function madeBlob(
  { root, blobs, id }: Pick<PackJob, 'root' | 'blobs' | 'id'>,
  want: LayerCompression,
): Promise<Descriptor | undefined> {
  const facts = readCompressed(root, id)
  if (facts.some(({ descriptor }) => isForeignLayer(descriptor))) return undefined
  for (const { descriptor, isVerified } of preferred(facts, want)) {
    if (isVerified && (await blobs.has(descriptor.digest))) return typed(descriptor, want)
  }
  return undefined
}

function typed({ mediaType, digest, size }: Descriptor, want: LayerCompression): Descriptor {
  const algorithm = algorithmOf(mediaType) ?? want.algorithm
  return { mediaType: MEDIA_TYPES[want.mediaTypes][algorithm], digest, size }
}

/** A layer that came as a foreign one stays one, with the addresses that have its bytes. */
async function findForeign(
  job: PackJob,
  want: LayerCompression,
  signal: AbortSignal | undefined,
): Promise<Descriptor | undefined> {
  for (const fact of readCompressed(job.root, job.id)) {
    const { descriptor } = fact
    const { digest, size, urls = [] } = descriptor
    const [algorithm] = /(?:gzip|zstd)$/.exec(descriptor.mediaType) ?? ['none' as const]
    if (!isForeignLayer(descriptor) || urls.length === 0 || !(await job.blobs.has(digest))) continue
    if (!fact.isVerified && !(await isProven(job, fact, signal))) continue
    return { mediaType: FOREIGN_TYPES[want.mediaTypes](algorithm), digest, size, urls }
  }
  return undefined
}

const FOREIGN_TYPES = {
  oci: (algorithm: string) =>
    `application/vnd.oci.image.layer.nondistributable.v1.tar${algorithm === 'none' ? '' : `+${algorithm}`}`,
  docker: (algorithm: string) =>
    `application/vnd.docker.image.rootfs.foreign.diff.tar${algorithm === 'none' ? '' : `.${algorithm}`}`,
}

async function findBlob(
  job: PackJob,
  want: LayerCompression,
  signal: AbortSignal | undefined,
): Promise<Descriptor | undefined> {
  for (const fact of preferred(readCompressed(job.root, job.id), want)) {
    if (!(await job.blobs.has(fact.descriptor.digest))) continue
    if (fact.isVerified || (await isProven(job, fact, signal))) return fact.descriptor
  }
  return undefined
}

/** Those of the wanted compression; of several, the one that was asked for first. */
function preferred(facts: readonly CompressedFact[], want: LayerCompression): readonly CompressedFact[] {
  const asAsked = (fact: CompressedFact) => Number(algorithmOf(fact.descriptor.mediaType) === want.algorithm)
  return facts.filter((fact) => isWanted(fact, want)).toSorted((one, other) => asAsked(other) - asAsked(one))
}

/** What other machines made can stay as it is; what this store made follows what is asked, whatever was asked before. */
function isWanted({ descriptor, level, isMade }: CompressedFact, want: LayerCompression): boolean {
  const algorithm = algorithmOf(descriptor.mediaType)
  if (want.keepsKnown && !isMade) return algorithm === 'gzip' || (algorithm === 'zstd' && want.mediaTypes === 'oci')
  return algorithm === want.algorithm && (want.level === undefined || want.level === level)
}

function algorithmOf(mediaType: string): LayerCompression['algorithm'] | undefined {
  const algorithms = ['none', 'gzip', 'zstd'] as const
  return algorithms.find((one) => MEDIA_TYPES.oci[one] === mediaType || MEDIA_TYPES.docker[one] === mediaType)
}

/** SECURITY: a blob that a manifest claims to be this layer is read through before it is handed on as this layer. */
export async function isProven(job: PackJob, fact: CompressedFact, signal: AbortSignal | undefined): Promise<boolean> {
  const known = readDiff(job.root, job.id)
  if (known === undefined) return false
  try {
    const layer = { kind: 'blob' as const, path: job.blobs.path(fact.descriptor.digest) }
    const read = await job.trees.packLayer({ layer, base: [] }, signal)
    if (read.diffId !== known.diffId) return false
    writeCompressed(job.root, job.id, { ...fact, isVerified: true })
    return true
  } catch {
    signal?.throwIfAborted()
    return false // not an archive at all: make a good one instead
  }
}

async function makeBlob(job: PackJob, want: LayerCompression, signal: AbortSignal | undefined): Promise<Descriptor> {
  const path = job.blobs.temporaryPath()
  try {
    const packed = linkTar(job, want, path) ?? (await pack(job, want, path, signal))
    await job.blobs.adopt(path, packed.digest)
    const descriptor = { mediaType: MEDIA_TYPES.oci[want.algorithm], ...packed }
    const level = want.level === undefined ? {} : { level: want.level }
    writeCompressed(job.root, job.id, { descriptor, ...level, isMade: true, isVerified: true })
    return descriptor
  } catch (error) {
    signal?.throwIfAborted()
    throw asStoreError(`pack layer "${job.id}"`, error)
  } finally {
    await rm(path, { force: true })
  }
}

type Packed = Pick<Descriptor, 'digest' | 'size'>

/** A tar whose diff id is known is the uncompressed blob already: the two share their bytes on disk. */
function linkTar(job: PackJob, want: LayerCompression, path: string): Packed | undefined {
  const known = readDiff(job.root, job.id)
  const tar = layerFile.tar(job.root, job.id)
  if (want.algorithm !== 'none' || known?.sizeBytes === undefined || !existsSync(tar)) return undefined
  linkSync(tar, path)
  return { digest: known.diffId, size: known.sizeBytes }
}

async function pack(
  job: PackJob,
  want: LayerCompression,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Packed> {
  const source = await packSource(job)
  const level = want.level === undefined ? {} : { level: want.level }
  const output = { path, compression: want.algorithm, ...level }
  const totalBytes = readDiff(job.root, job.id)?.sizeBytes
  let isWriting = false
  const onProgress = (doneBytes: number) => {
    if (!isWriting) want.onWriting?.(path)
    isWriting = true
    want.onProgress?.(doneBytes, totalBytes)
  }
  const packed = await job.trees.packLayer({ ...source, output }, signal, onProgress)
  want.onProgress?.(packed.sizeBytes, packed.sizeBytes)
  const diffId = parseDigest(packed.diffId)
  rememberDiff(job, { ...packed, diffId })
  if (packed.digest === undefined || packed.outputSizeBytes === undefined) {
    throw new Error('pack-layer with an output gave no digest of it')
  }
  return { digest: parseDigest(packed.digest), size: packed.outputSizeBytes }
}
