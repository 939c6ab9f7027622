import type { LayerId } from './layers.ts'

/** Results of steps by cache key. Truncated and foreign records count as missing. */
export interface CacheIndex {
  find(key: string): Promise<CacheRecord | undefined>
  put(key: string, record: CacheRecord): Promise<void>
  /** The decision record of the last build of the same step name, for `--explain`. */
  findBuildRecord(stepName: string): Promise<unknown | undefined>
  putBuildRecord(stepName: string, decision: unknown): Promise<void>
  list(): AsyncIterable<{
    readonly key: string
    readonly record: CacheRecord
    readonly lastUsedAt: string
    readonly usageCount: number
  }>
}

export interface CacheRecord {
  /** The layer that the step added to its base; absent if it changed nothing. */
  readonly layer?: LayerId
  /** Other facts for later builds (a URL's ETag, a git commit). */
  readonly facts?: Readonly<Record<string, string>>
  readonly createdAt: string
  readonly description: string
}
