import type { LayerRecord } from '../layers.ts'

/** The layer size that docker reports: that of its files, else of its tar, else of its blob until it is unpacked. */
export function layerSize({ contentBytes, sizeBytes, compressed }: LayerRecord): number {
  return contentBytes ?? sizeBytes ?? compressed[0]?.size ?? 0
}
