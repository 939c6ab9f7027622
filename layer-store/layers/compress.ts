import { existsSync, linkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import {
  type Descriptor,
  estargzAnnotations,
  isEstargz,
  isForeignLayer,
  keptEstargzAnnotations,
  MediaType,
  parseDigest,
  present,
} from '../../image-spec/index.ts'
import type { LayerBlob, LayerCompression } from '../layers.ts'
import { readingFailure } from './bad-layer.ts'
import { rememberDiff } from './diff-ids.ts'
import { type CompressedFact, layerFile, readBlobs, readDiff, writeCompressed } from './layer-files.ts'
import { type PackJob, packSource } from './pack-source.ts'

const MEDIA_TYPES = {
  oci: {
    none: MediaType.ociLayer,
    gzip: MediaType.ociLayerGzip,
    zstd: MediaType.ociLayerZstd,
    estargz: MediaType.ociLayerGzip,
  },
  docker: {
    none: 'application/vnd.docker.image.rootfs.diff.tar',
    gzip: MediaType.dockerLayerGzip,
    zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
    estargz: MediaType.dockerLayerGzip,
  },
} as const

/** A blob in the requested compression: an existing one, or a new one that is recorded. */
export async function compressedBlob(job: PackJob, want: LayerCompression, signal?: AbortSignal): Promise<LayerBlob> {
  const foreign = await findForeign(job, want, signal)
  if (foreign !== undefined) return foreign
  return layerBlob((await findFact(job, want, signal)) ?? (await createBlob(job, want, signal)), want)
}

/** An existing verified blob in the requested compression. */
export async function existingBlob(
  { root, blobs, id }: Pick<PackJob, 'root' | 'blobs' | 'id'>,
  want: LayerCompression,
): Promise<LayerBlob | undefined> {
  const facts = readBlobs(root, id)
  if (facts.some(({ descriptor }) => isForeignLayer(descriptor))) return undefined
  for (const fact of preferred(facts, want)) {
    if (fact.isVerified && (await blobs.has(fact.descriptor.digest))) return layerBlob(fact, want)
  }
  return undefined
}

/** SPEC: BuildKit keeps eStargz annotations in OCI manifests, and no other annotations of layers. */
function layerBlob({ descriptor, diffId }: CompressedFact, want: LayerCompression): LayerBlob {
  const { digest, size } = descriptor
  const mediaType = MEDIA_TYPES[want.mediaTypes][algorithmOf(descriptor) ?? want.algorithm]
  const isAnnotated = want.mediaTypes === 'oci' && isEstargz(descriptor)
  const annotations = isAnnotated ? { annotations: keptEstargzAnnotations(descriptor) } : {}
  return { mediaType, digest, size, ...annotations, ...present('diffId', diffId) }
}

/** A foreign layer stays foreign, with its URLs. */
async function findForeign(
  job: PackJob,
  want: LayerCompression,
  signal: AbortSignal | undefined,
): Promise<Descriptor | undefined> {
  for (const fact of readBlobs(job.root, job.id)) {
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

async function findFact(
  job: PackJob,
  want: LayerCompression,
  signal: AbortSignal | undefined,
): Promise<CompressedFact | undefined> {
  for (const fact of preferred(readBlobs(job.root, job.id), want)) {
    if (!(await job.blobs.has(fact.descriptor.digest))) continue
    if (fact.isVerified || (await isProven(job, fact, signal))) return fact
  }
  return undefined
}

/**
 * Facts with the requested compression; explicitly requested ones first. A blob that the store created for an earlier
 * request does not replace a known one that is kept, so that the result does not depend on earlier requests.
 */
function preferred(facts: readonly CompressedFact[], want: LayerCompression): readonly CompressedFact[] {
  const rank = ({ descriptor, isMade }: CompressedFact) =>
    2 * Number(want.keepsKnown === true && isMade === undefined) + Number(algorithmOf(descriptor) === want.algorithm)
  return facts.filter((fact) => isWanted(fact, want)).toSorted((one, other) => rank(other) - rank(one))
}

/** Blobs of other machines may be used unchanged; those created here must match the request. */
function isWanted({ descriptor, level, isMade }: CompressedFact, want: LayerCompression): boolean {
  const algorithm = algorithmOf(descriptor)
  if (!isMade && algorithm === 'estargz') return want.keepsKnown === true || want.algorithm === 'estargz'
  if (want.keepsKnown && !isMade) return algorithm === 'gzip' || (algorithm === 'zstd' && want.mediaTypes === 'oci')
  return algorithm === want.algorithm && (want.level === undefined || want.level === level)
}

function algorithmOf(descriptor: Descriptor): LayerCompression['algorithm'] | undefined {
  const { mediaType } = descriptor
  const algorithms = ['none', 'gzip', 'zstd'] as const
  const found = algorithms.find((one) => MEDIA_TYPES.oci[one] === mediaType || MEDIA_TYPES.docker[one] === mediaType)
  return found === 'gzip' && isEstargz(descriptor) ? 'estargz' : found
}

/**
 * SECURITY: a blob that only a manifest claims to be this layer is read and verified before it is passed on as this
 * layer.
 */
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
    return false // not an archive: create a good one instead
  }
}

async function createBlob(
  job: PackJob,
  want: LayerCompression,
  signal: AbortSignal | undefined,
): Promise<CompressedFact> {
  const path = job.blobs.temporaryPath()
  try {
    const packed = linkTar(job, want, path) ?? (await pack(job, { want, path }, signal))
    await job.blobs.adopt(path, packed.digest)
    const { diffId, ...blob } = packed
    const descriptor = { mediaType: MEDIA_TYPES.oci[want.algorithm], ...blob }
    const made = { isMade: true, isVerified: true } as const
    const fact = { descriptor, ...present('diffId', diffId), ...present('level', want.level), ...made }
    writeCompressed(job.root, job.id, fact)
    return fact
  } catch (error) {
    signal?.throwIfAborted()
    throw readingFailure(job, 'pack', error)
  } finally {
    await rm(path, { force: true })
  }
}

type Packed = Pick<LayerBlob, 'digest' | 'size' | 'annotations' | 'diffId'>

/** A tar with a known diff ID already is the uncompressed blob: the two share their bytes on disk. */
function linkTar(job: PackJob, want: LayerCompression, path: string): Packed | undefined {
  const known = readDiff(job.root, job.id)
  const tar = layerFile.tar(job.root, job.id)
  if (want.algorithm !== 'none' || known?.sizeBytes === undefined || !existsSync(tar)) return undefined
  linkSync(tar, path)
  return { digest: known.diffId, size: known.sizeBytes }
}

async function pack(
  job: PackJob,
  { want, path }: { readonly want: LayerCompression; readonly path: string },
  signal: AbortSignal | undefined,
): Promise<Packed> {
  const source = await packSource(job)
  const level = { ...(want.level !== undefined && { level: want.level }) }
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
    throw new Error('pack-layer returned no digest of its output')
  }
  const blob = { digest: parseDigest(packed.digest), size: packed.outputSizeBytes }
  if (packed.estargz === undefined) return blob
  return { ...blob, annotations: estargzAnnotations(packed.estargz), diffId: parseDigest(packed.estargz.diffId) }
}
