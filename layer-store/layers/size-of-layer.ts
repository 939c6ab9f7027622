import type { LayerRecord } from '../layers.ts'

/** Docker's size of a layer: that of its files, else of its tar, else of its blob until it is unpacked. */
export function sizeOfLayer({ contentBytes, sizeBytes, compressed }: LayerRecord): number {
  return contentBytes ?? sizeBytes ?? compressed[0]?.size ?? 0
}
