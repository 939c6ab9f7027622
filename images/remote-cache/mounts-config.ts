import {
  asDigest,
  asList,
  asSize,
  asText,
  asWholeNumber,
  type Descriptor,
  type Digest,
  field,
  type JsonShape,
  optional,
  parseDescriptor,
  parseUntrustedJson,
  present,
} from '../../image-spec/index.ts'
import { ifReadable } from './cache-config.ts'

export const MOUNTS_CONFIG_TYPE = 'application/vnd.tsbuild.cachemounts.v1+json'

/** The files of a cache mount as an archive. */
export interface CachedMount {
  /** Includes the prefix from BUILDKIT_CACHE_MOUNT_NS. */
  readonly id: string
  /** Mounts with the same ID and different owners are different caches. */
  readonly directory?: MountDirectory
  readonly blob: Descriptor
  readonly diffId: Digest
  /** Uncompressed size of the archive. */
  readonly sizeBytes: number
}

export interface MountDirectory {
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

export function writeMountsConfig(mounts: readonly CachedMount[]): Uint8Array {
  const listed = mounts.map(({ id, directory, blob: { mediaType, digest, size }, diffId, sizeBytes }) => ({
    id,
    ...present('directory', directory),
    blob: { mediaType, digest, size },
    diffID: diffId,
    size: sizeBytes,
  }))
  return Buffer.from(JSON.stringify({ mounts: listed }))
}

/** Unreadable mounts are skipped. Undefined for another kind of document, such as that of a layer cache. */
export function readMountsConfig(bytes: Uint8Array): readonly CachedMount[] | undefined {
  const document = { value: parseUntrustedJson(Buffer.from(bytes).toString('utf8')), at: 'cache mounts' }
  const listed = optional(field(document, 'mounts'), (list) => asList(list, (one) => one))
  return listed?.flatMap((shape) => ifReadable(() => readMount(shape)))
}

function readMount(shape: JsonShape): CachedMount {
  const { mediaType, digest, size } = parseDescriptor(field(shape, 'blob'))
  return {
    id: asText(field(shape, 'id')),
    ...present('directory', optional(field(shape, 'directory'), readDirectory)),
    blob: { mediaType, digest, size },
    diffId: asDigest(field(shape, 'diffID')),
    sizeBytes: asSize(field(shape, 'size')),
  }
}

function readDirectory(shape: JsonShape): MountDirectory {
  const number = (key: string) => asWholeNumber(field(shape, key))
  return { uid: number('uid'), gid: number('gid'), mode: number('mode') }
}
