import type { CacheRecord } from '../../layer-store/index.ts'

/** What solving knows of a node. The graph's Node fits. */
export interface Solvable<Operation> {
  readonly digest: string
  readonly operation: Operation
  readonly inputs: readonly Solvable<Operation>[]
  readonly ignoreCache: boolean
}

/** What a node came to. */
export interface Outcome<Value> {
  /**
   * Names the result for the cache keys of nodes that use it: equal identities mean equal content. Absent where
   * it is known only after reading the files (a local directory).
   */
  readonly identity?: string
  readonly value: Value
}

export interface Made<Value> extends Outcome<Value> {
  /** Kept under the node's cache keys; absent: not worth keeping. */
  readonly record?: CacheRecord
}

/** The content key of a node on inputs of these identities; undefined if one that matters has none. */
export type ContentKey = (identities: readonly (string | undefined)[]) => string | undefined

/** How one kind of operation is cached and how it runs; nothing more. */
export interface Runner<Operation, Value, Context> {
  /** From the definition and the inputs' identities; undefined if an input has none, or if it is never cached. */
  definitionKey(node: Solvable<Operation>, inputs: readonly Outcome<Value>[]): string | undefined
  /**
   * Reads what the operation would read, after the definition key has missed. The key is requested once with the
   * inputs' own identities and once with those that other machines know them by.
   */
  readContent(
    node: Solvable<Operation>,
    inputs: readonly Outcome<Value>[],
    context: Context,
  ): Promise<ContentKey | undefined>
  /** Identity of a result that is its inputs put together and nothing else; for operations that keep no record. */
  identity?(node: Solvable<Operation>, identities: readonly string[]): string
  /** The result that a record names; undefined if it no longer exists. */
  recall(inputs: readonly Outcome<Value>[], record: CacheRecord, context: Context): Promise<Outcome<Value> | undefined>
  run(node: Solvable<Operation>, inputs: readonly Outcome<Value>[], context: Context): Promise<Made<Value>>
  /** True for work that counts against the limit of steps at once. */
  readonly isStep: boolean
}
