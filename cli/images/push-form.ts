import type { Annotation, PlatformImage } from '../../images/index.ts'
import type { CompressionAlgorithm } from '../../layer-store/index.ts'
import { parseAnnotations } from '../builds/annotations.ts'
import { usageError } from '../errors.ts'
import { parseCompressionLevel } from '../flags/compression-level.ts'
import type { FlagTable, FlagValues } from '../flags/flag-table.ts'

/** How `push` writes layers and manifests. */
export const pushFormFlags = {
  compression: {
    kind: 'string',
    value: 'gzip|zstd|uncompressed|estargz',
    aliases: ['compression-format'],
    help: 'Compression of all layers',
    shownDefault: 'pulled layers keep theirs, others get gzip',
  },
  'compression-level': {
    kind: 'string',
    value: 'int',
    help: 'Compression level: 0 to 12 for gzip and estargz, 1 to 22 for zstd',
  },
  'force-compression': {
    kind: 'string',
    value: 'bool',
    bare: 'true',
    choices: ['true', 'false'],
    help: 'Also recompress pulled layers that have another compression',
    shownDefault: 'true if --compression is given',
  },
  format: {
    kind: 'string',
    short: 'f',
    choices: ['oci', 'docker'],
    help: 'Media types of manifest, config and layers',
    shownDefault: 'oci',
  },
  annotation: {
    kind: 'list',
    help: 'Add an annotation to the manifest: key=value. Prefix the key with index: or manifest-descriptor: for images of several platforms',
  },
} as const satisfies FlagTable

export interface PushForm {
  readonly compression: CompressionAlgorithm
  readonly level?: number
  readonly keepsKnown: boolean
  readonly mediaTypes: 'oci' | 'docker'
  readonly annotations: readonly Annotation[]
}

/** Throws CLI_USAGE if a flag would change a manifest that already exists. */
export function refuseForm(values: FlagValues<typeof pushFormFlags> & { readonly platform: string | undefined }): void {
  if (values.platform !== undefined)
    throw usageError('Cannot use "--platform" with a digest: the manifest is pushed as it is (expected name:tag)')
  const setFlag = Object.entries(pushFormFlags).find(([name]) => {
    const value = values[name as keyof typeof pushFormFlags] // the keys of the table
    return typeof value === 'string' || (value?.length ?? 0) > 0
  })
  if (setFlag !== undefined)
    throw usageError(`Cannot use "--${setFlag[0]}" with a digest: the manifest is pushed as it is (expected name:tag)`)
}

const COMPRESSIONS: ReadonlyMap<string, PushForm['compression']> = new Map([
  ['gzip', 'gzip'],
  ['zstd', 'zstd'],
  ['uncompressed', 'none'],
  ['estargz', 'estargz'],
])

export function parsePushForm(values: FlagValues<typeof pushFormFlags>): PushForm {
  const { compression: named = 'gzip', format } = values
  const compression = COMPRESSIONS.get(named)
  if (compression === undefined)
    throw usageError(
      `Cannot use "--compression ${named}": unknown compression (expected gzip, zstd, uncompressed or estargz)`,
    )
  const setFlag = values['compression-level']
  const level = parseCompressionLevel(compression, setFlag, (reason) =>
    usageError(`Cannot use "--compression-level ${setFlag}": ${reason}`),
  )
  const isForced = values['force-compression'] ?? String(values.compression !== undefined || level !== undefined)
  if (isForced === 'false' && level !== undefined)
    throw usageError(
      'Cannot use "--compression-level" with "--force-compression=false": known layers are not recompressed',
    )
  const mediaTypes = format === 'docker' ? 'docker' : 'oci'
  const annotations = parseAnnotations(values.annotation)
  if (mediaTypes === 'docker' && (compression === 'zstd' || compression === 'estargz'))
    throw usageError(
      `Cannot use "--compression ${named}" with "--format docker": Docker's media types have no ${named} layers`,
    )
  if (mediaTypes === 'docker' && annotations.length > 0)
    throw usageError('Cannot use "--annotation" with "--format docker": only OCI manifests have annotations')
  return {
    compression,
    ...(level !== undefined && { level }),
    keepsKnown: isForced === 'false',
    mediaTypes,
    annotations,
  }
}

/** Throws CLI_USAGE for annotations that the push cannot store. */
export function refuseUnplaced(
  { annotations, mediaTypes }: PushForm,
  name: string,
  images: readonly PlatformImage[],
): void {
  if (images.length > 1 && mediaTypes === 'docker')
    throw usageError(
      `Cannot push "${name}" with "--format docker": the image has ${images.length} platforms (expected one)`,
      'Choose one with --platform',
    )
  const isIndex = images.length > 1
  const lost = annotations.find(({ on }) => on === 'index-descriptor' || (on !== 'manifest' && !isIndex))
  if (lost === undefined) return
  const reason = lost.on === 'index-descriptor' ? 'only an image layout can store it' : 'the image has no index'
  throw usageError(`Cannot annotate "${name}" with "${lost.on}:${lost.key}": ${reason}`)
}
