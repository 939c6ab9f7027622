import type { FileSource, Native, Selection } from '../../sandbox-native/driver/index.ts'
import { MissingFile } from '../request/missing-file.ts'
import { withNeededPatterns } from './needed-patterns.ts'

/** The local file trees of one build by name: `context` is the main one, others come from --build-context. */
export interface BuildContexts {
  files(name: string): Promise<FileSource>
  /** Digest of what a selection takes, read once a build. Rejects with BUILD_FILE_MISSING. */
  digest(name: string, selection: Selection, signal: AbortSignal): Promise<string>
  /** Reads the digests of many selections in one pass; later `digest()` calls have them, or its failure. */
  prefetch(wanted: readonly WantedDigest[], signal: AbortSignal): void
  /** `prefetch` by a process that locks the descriptor first, shared. Resolves when it is locked. */
  prefetchLocked(wanted: readonly WantedDigest[], descriptor: number, signal: AbortSignal): Promise<void>
  /** Ends what is still being read. */
  close(): Promise<void>
}

export interface WantedDigest {
  readonly name: string
  readonly selection: Selection
}

export const MAIN_CONTEXT = 'context'

export interface ContextFiles {
  readonly sources: Readonly<Record<string, FileSource>>
  readonly trees: Pick<Native['trees'], 'digest' | 'lock' | 'lockAndDigest'>
  /** Where the lists of what was read are kept. */
  readonly manifestDirectory: string
}

export function createContexts({ sources, trees, manifestDirectory }: ContextFiles): BuildContexts {
  const known = new Map<string, Promise<string>>()
  const readings = new Set<Promise<unknown>>()
  const stop = new AbortController()
  const untilClosed = (signal: AbortSignal) => AbortSignal.any([signal, stop.signal])

  const files = async (name: string): Promise<FileSource> => {
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined
    if (!source) throw new Error(`the plan reads a context "${name}" that is not open`)
    return source
  }

  /** Undefined where nothing new is wanted. */
  const readNew = (wanted: readonly WantedDigest[], read: ReadItems): Promise<unknown> | undefined => {
    const fresh = new Map(wanted.map((one) => [keyOf(one), one] as const).filter(([key]) => !known.has(key)))
    if (fresh.size === 0) return
    const all = itemsOf([...fresh.values()]).then(read)
    all.catch(() => {}) // each waiter sees it
    readings.add(all)
    let position = 0
    for (const key of fresh.keys()) {
      const mine = position
      position += 1
      const digest = all.then(({ items }) => pick(items[mine]))
      digest.catch(() => {}) // thrown to the step that asks for it
      known.set(key, digest)
    }
    return all
  }

  const itemsOf = async (wanted: readonly WantedDigest[]): Promise<DigestItems> => ({
    items: await Promise.all(
      wanted.map(async ({ name, selection }) => {
        const source = await withNeededPatterns(await files(name), selection.paths)
        return { source, selection, manifestDirectory }
      }),
    ),
  })

  const prefetch = (wanted: readonly WantedDigest[], signal: AbortSignal): void => {
    readNew(wanted, (items) => trees.digest(items, untilClosed(signal)))
  }

  const prefetchLocked = async (wanted: readonly WantedDigest[], descriptor: number, signal: AbortSignal) => {
    const lock = async () => void (await trees.lock(descriptor, { mode: 'shared', tryOnly: false }))
    const reading = readNew(wanted, (items) => trees.lockAndDigest(descriptor, items, untilClosed(signal)))
    if (reading === undefined) return lock()
    await reading.catch(lock) // what could not be read is reported by the step that needs it
  }

  const digest = (name: string, selection: Selection, signal: AbortSignal): Promise<string> => {
    prefetch([{ name, selection }], signal)
    const promise = known.get(keyOf({ name, selection }))
    if (!promise) throw new Error('a digest was asked for and not started')
    return promise
  }

  const close = async (): Promise<void> => {
    stop.abort()
    await Promise.allSettled(readings)
  }

  return { files, digest, prefetch, prefetchLocked, close }
}

type DigestItems = Parameters<Native['trees']['digest']>[0]
type ReadItems = (items: DigestItems) => ReturnType<Native['trees']['digest']>
type DigestItem = Awaited<ReturnType<ReadItems>>['items'][number]

function pick(item: DigestItem | undefined): string {
  if (!item) throw new Error('the binary answered without a digest')
  if ('missing' in item) throw new MissingFile(item, 'copy')
  return item.digest
}

function keyOf({ name, selection }: WantedDigest): string {
  const { paths, exclude = [], parents = false, unpackArchives = false } = selection
  return JSON.stringify([name, paths, exclude, parents, unpackArchives])
}
