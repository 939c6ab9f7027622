import type { CacheRecord } from '../../layer-store/index.ts'

/** What the solver needs of a node. The graph's Node satisfies it. */
export interface Solvable<Operation> {
  readonly digest: string
  readonly operation: Operation
  readonly inputs: readonly Solvable<Operation>[]
  readonly ignoreCache: boolean
}

/** The result of solving a node. */
export interface Outcome<Value> {
  /**
   * Identifies the result in cache keys of nodes that use it: equal identities mean equal content. Absent if it is
   * known only after reading the files (a local directory).
   */
  readonly identity?: string
  readonly value: Value
}

export interface RunResult<Value> extends Outcome<Value> {
  /** Stored under the node's cache keys; absent if not worth storing. */
  readonly record?: CacheRecord
  /** What the operation read changed after its content key was computed: stored under no key. */
  readonly isOutdated?: true
}

/** The content key of a node on inputs with these identities; undefined if a relevant one is missing. */
export type ContentKey = (identities: readonly (string | undefined)[]) => string | undefined

/** How one kind of operation is cached and run; nothing more. */
export interface Runner<Operation, Value, Context> {
  /**
   * Computed from the definition and the inputs' identities; undefined if an input has none, or if it is never cached.
   */
  definitionKey(node: Solvable<Operation>, inputs: readonly Outcome<Value>[]): string | undefined
  /**
   * Reads what the operation would read, after the definition key missed. The key is computed once over the inputs' own
   * identities and once over their portable ones.
   */
  readContent(
    node: Solvable<Operation>,
    inputs: readonly Outcome<Value>[],
    context: Context,
  ): Promise<ContentKey | undefined>
  /** Identity of a result that only combines its inputs; for operations that keep no record. */
  identity?(node: Solvable<Operation>, identities: readonly string[]): string
  /** The result of a record; undefined if it no longer exists. */
  recall(inputs: readonly Outcome<Value>[], record: CacheRecord, context: Context): Promise<Outcome<Value> | undefined>
  run(node: Solvable<Operation>, inputs: readonly Outcome<Value>[], context: Context): Promise<RunResult<Value>>
  /** Whether the work counts against the limit of concurrent steps. */
  readonly isStep: boolean
}
