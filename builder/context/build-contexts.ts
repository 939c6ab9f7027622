import type { FileSource, Native, Selection } from '../../sandbox-native/driver/index.ts'
import { MissingFile } from '../request/missing-file.ts'
import { withNeededPatterns } from './needed-patterns.ts'

/** The local file trees of one build by name: `context` is the build context, others come from --build-context. */
export interface BuildContexts {
  files(name: string): Promise<FileSource>
  /** Digest of the selected files, computed once per build. Rejects with BUILD_FILE_MISSING. */
  digest(name: string, selection: Selection, signal: AbortSignal): Promise<string>
  /**
   * Computes the digests of many selections in one pass; later `digest()` calls return them, or reject with its
   * failure.
   */
  prefetch(requested: readonly RequestedDigest[], signal: AbortSignal): void
  /** Of selected files of the caller, when their digest was computed. Contexts in the store do not change. */
  stamp(name: string, selection: Selection): Promise<string | undefined>
  /**
   * Whether files of the caller whose digests were computed have not changed since: false even if they were changed
   * back.
   */
  isUnchanged(read: readonly RequestedDigest[], signal: AbortSignal): Promise<boolean>
  /** Like `prefetch`, in a process that first takes a shared lock on the descriptor. Resolves once it is locked. */
  prefetchLocked(requested: readonly RequestedDigest[], descriptor: number, signal: AbortSignal): Promise<void>
  /** Cancels reads in progress. */
  close(): Promise<void>
}

export interface RequestedDigest {
  readonly name: string
  readonly selection: Selection
}

export const MAIN_CONTEXT = 'context'

export interface ContextFiles {
  readonly sources: Readonly<Record<string, FileSource>>
  readonly trees: Pick<Native['trees'], 'digest' | 'lock' | 'lockAndDigest'>
  /** Directory that keeps the manifests of the files read. */
  readonly manifestDirectory: string
}

export function createContexts(files: ContextFiles): BuildContexts {
  return new OpenContexts(files)
}

class OpenContexts implements BuildContexts {
  readonly #files: ContextFiles
  readonly #known = new Map<string, Promise<FoundItem>>()
  readonly #readings = new Set<Promise<unknown>>()
  readonly #stop = new AbortController()

  constructor(files: ContextFiles) {
    this.#files = files
  }

  async files(name: string): Promise<FileSource> {
    const { sources } = this.#files
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined
    if (!source) throw new Error(`the plan reads a context "${name}" that is not open`)
    return source
  }

  async digest(name: string, selection: Selection, signal: AbortSignal): Promise<string> {
    this.prefetch([{ name, selection }], signal)
    const found = this.#known.get(keyOf({ name, selection }))
    if (!found) throw new Error('a digest was requested before its computation was started')
    return (await found).digest
  }

  async stamp(name: string, selection: Selection): Promise<string | undefined> {
    if (!isOfCaller(this.#files.sources[name])) return undefined
    return (await this.#known.get(keyOf({ name, selection })))?.stamp
  }

  async isUnchanged(read: readonly RequestedDigest[], signal: AbortSignal): Promise<boolean> {
    const { sources, trees } = this.#files
    const own = read.filter(({ name }) => isOfCaller(sources[name]))
    if (own.length === 0) return true
    const before = await Promise.all(own.map((one) => this.#known.get(keyOf(one))))
    const after = await trees.digest(await this.#itemsOf(own), signal).catch(() => undefined)
    signal.throwIfAborted()
    return after?.items.every((item, at) => 'digest' in item && item.stamp === before[at]?.stamp) ?? false
  }

  prefetch(requested: readonly RequestedDigest[], signal: AbortSignal): void {
    this.#readNew(requested, (items) => this.#files.trees.digest(items, this.#untilClosed(signal)))
  }

  async prefetchLocked(requested: readonly RequestedDigest[], descriptor: number, signal: AbortSignal): Promise<void> {
    const { trees } = this.#files
    const lock = async () => void (await trees.lock(descriptor, { mode: 'shared', tryOnly: false }))
    const reading = this.#readNew(requested, (items) =>
      trees.lockAndDigest(descriptor, items, this.#untilClosed(signal)),
    )
    if (reading === undefined) return lock()
    await reading.catch(lock) // the step that needs the files reports the failure
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled(this.#readings)
  }

  /** Undefined if every requested digest is being read already. */
  #readNew(requested: readonly RequestedDigest[], read: ReadItems): Promise<unknown> | undefined {
    const fresh = new Map(requested.map((one) => [keyOf(one), one] as const).filter(([key]) => !this.#known.has(key)))
    if (fresh.size === 0) return undefined
    const all = this.#itemsOf([...fresh.values()]).then(read)
    all.catch(() => {}) // each waiter gets the rejection itself
    this.#readings.add(all)
    for (const [position, key] of [...fresh.keys()].entries()) {
      const digest = all.then(({ items }) => pick(items[position]))
      digest.catch(() => {}) // rejects for the step that requests it
      this.#known.set(key, digest)
    }
    return all
  }

  async #itemsOf(requested: readonly RequestedDigest[]): Promise<DigestItems> {
    const { manifestDirectory } = this.#files
    const items = requested.map(async ({ name, selection }) => {
      const source = await withNeededPatterns(await this.files(name), selection.paths)
      return { source, selection, manifestDirectory }
    })
    return { items: await Promise.all(items) }
  }

  #untilClosed(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#stop.signal])
  }
}

function isOfCaller(source: FileSource | undefined): boolean {
  return source?.kind === 'directory' && source.statCache !== undefined
}

type DigestItems = Parameters<Native['trees']['digest']>[0]
type ReadItems = (items: DigestItems) => ReturnType<Native['trees']['digest']>
type DigestItem = Awaited<ReturnType<ReadItems>>['items'][number]
type FoundItem = Exclude<DigestItem, { readonly missing: string }>

function pick(item: DigestItem | undefined): FoundItem {
  if (!item) throw new Error('the binary returned no digest')
  if ('missing' in item) throw new MissingFile(item, 'copy')
  return item
}

function keyOf({ name, selection }: RequestedDigest): string {
  const { paths, exclude = [], parents = false, follow = false, unpackArchives = false } = selection
  return JSON.stringify([name, paths, exclude, parents, follow, unpackArchives])
}
