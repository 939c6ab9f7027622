import { type Digest, hexOf } from '../../image-spec/index.ts'
import type { LayerCompression } from '../../layer-store/index.ts'
import type { TransferProgress } from './transfer.ts'

/** Shows the compression of a layer next to the transfers, by diff ID: the blob has no digest yet. */
export function compressing(diffId: Digest, onProgress: TransferProgress | undefined): LayerCompression['onProgress'] {
  const name = `Compressing ${hexOf(diffId).slice(0, 12)}`
  return (doneBytes, totalBytes) => onProgress?.(name, doneBytes, totalBytes)
}
