import type { DiskUse } from './api/index.ts'

/** Work on the image store of this machine, provided by the program: the server itself opens no store. */
export interface StoreWork {
  usage(): Promise<{ readonly root: string; readonly groups: DiskUse['groups'] }>
  /** Bytes that came free. */
  prune(request: { readonly all: boolean; readonly usedBeforeMs?: number }): Promise<number>
}
