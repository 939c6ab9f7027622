import * as v from 'valibot'
import { buildId, byteCount } from './common.ts'

const imageLayer = v.object({
  diffId: v.string(),
  /** Size of the uncompressed tar. */
  sizeBytes: byteCount,
  /** Instruction that created it. */
  createdBy: v.exactOptional(v.string()),
  fileCount: v.number(),
  /** Bytes of files that this layer replaces or removes from layers below. */
  wastedBytes: byteCount,
})

export const platformImage = v.object({
  platform: v.string(),
  imageId: v.string(),
  sizeBytes: byteCount,
  wastedBytes: byteCount,
  layers: v.array(imageLayer),
  /** The `config` of the OCI image configuration. */
  config: v.record(v.string(), v.unknown()),
  /** The `history` of the OCI image configuration. */
  history: v.array(
    v.object({
      created: v.exactOptional(v.string()),
      created_by: v.exactOptional(v.string()),
      comment: v.exactOptional(v.string()),
      empty_layer: v.exactOptional(v.boolean()),
    }),
  ),
})
export type PlatformImage = v.InferOutput<typeof platformImage>

export const buildImage = v.object({
  images: v.array(platformImage),
  /** The last successful build of the same ref before this one. */
  before: v.exactOptional(v.object({ build: buildId, images: v.array(platformImage) })),
})
export type BuildImage = v.InferOutput<typeof buildImage>

/** Largest first; at most 2,000 per layer. */
export const layerFiles = v.object({
  fileCount: v.number(),
  files: v.array(
    v.object({
      path: v.string(),
      kind: v.picklist(['file', 'directory', 'symlink', 'link', 'device', 'whiteout']),
      sizeBytes: byteCount,
      mode: v.number(),
      uid: v.number(),
      gid: v.number(),
      /** Target of a link. */
      target: v.exactOptional(v.string()),
    }),
  ),
})
export type LayerFiles = v.InferOutput<typeof layerFiles>
