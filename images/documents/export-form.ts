import { present } from '../../image-spec/index.ts'
import type { CompressionAlgorithm } from '../../layer-store/index.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import type { ExportCompression } from './prepare-image.ts'

/** How an archive or a layout stores images. */
export interface ExportForm {
  /** Default oci; `docker` adds the manifest.json of `docker load`. */
  readonly format?: 'oci' | 'docker'
  /** Default: those of the format. */
  readonly mediaTypes?: 'oci' | 'docker'
  /** Default gzip. */
  readonly compression?: CompressionAlgorithm
  readonly level?: number
  /** Reuse existing layer blobs, whatever their compression. */
  readonly keepsKnown?: boolean
  readonly onProgress?: TransferProgress | undefined
}

/** Docker's media types do not support eStargz. */
export function exportCompression(form: ExportForm): ExportCompression {
  const { format = 'oci', mediaTypes = format, compression = 'gzip', level, keepsKnown, onProgress } = form
  return {
    algorithm: compression,
    mediaTypes: compression === 'estargz' ? 'oci' : mediaTypes,
    ...present('level', level),
    ...present('keepsKnown', keepsKnown),
    onProgress,
  }
}
