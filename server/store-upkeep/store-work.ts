import type { DiskUse } from '../api/index.ts'

/** Work on an image store, provided by the program: the server itself opens no store. */
export interface StoreWork {
  usage(): Promise<{ readonly root: string; readonly groups: DiskUse['groups'] }>
  /** Returns the number of freed bytes. */
  prune(request: StorePrune): Promise<number>
}

export interface StorePrune {
  /** Also remove tagged images. */
  readonly all: boolean
  readonly usedBeforeMs?: number
  /** Keep the most recently used build cache, up to this size. */
  readonly keepBytes?: number
}
