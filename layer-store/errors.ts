import { CodedError, type ErrorDetails } from '../errors/index.ts'
import type { LayerId } from './layers.ts'

export type StoreErrorCode =
  | 'STORE_DIGEST_MISMATCH'
  | 'STORE_SIZE_MISMATCH'
  | 'STORE_BLOB_MISSING'
  | 'STORE_LAYER_MISSING'
  | 'STORE_LAYER_UNREACHABLE'
  | 'STORE_IMAGE_MISSING'
  | 'STORE_AMBIGUOUS_ID'
  | 'STORE_IMAGE_IN_USE'
  | 'STORE_BAD_DOCUMENT'
  | 'STORE_BAD_LAYER'
  | 'STORE_BAD_VERSION'
  | 'STORE_BUSY'
  | 'STORE_FULL'
  | 'STORE_READ_ONLY'
  | 'STORE_DENIED'
  | 'STORE_IO'

/** Store errors that users can encounter. */
export class StoreError extends CodedError<StoreErrorCode> {
  override readonly name = 'StoreError'
  /** A layer without any readable form: a build may recreate it. */
  readonly layer: LayerId | undefined
  constructor(code: StoreErrorCode, message: string, more: ErrorDetails & { layer?: LayerId | undefined } = {}) {
    super(code, message, more)
    this.layer = more.layer
  }
}
