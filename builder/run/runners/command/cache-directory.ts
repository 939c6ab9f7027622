import { lstat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { LayerStore } from '../../../../layer-store/index.ts'
import type { FileAction, Native, Selection } from '../../../../sandbox-native/driver/index.ts'
import { MissingFile } from '../../../request/missing-file.ts'
import type { Outcome } from '../../../solve/runner.ts'
import { filesBelow, filesOf } from '../sources/selected-files.ts'
import type { CacheMount, StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'

/** Base of a cache that starts empty: depends only on the directory's options. */
export function emptyBase({ directory }: Pick<CacheMount, 'directory'>): string | undefined {
  return directory && JSON.stringify(directory)
}

/** Identifies what a cache starts with; undefined if it starts empty. */
export async function baseOfCache(
  mount: CacheMount,
  input: Outcome<StepValue> | undefined,
  context: StepContext,
): Promise<string | undefined> {
  const { directory } = mount
  if (input === undefined) return emptyBase(mount)
  return JSON.stringify([input.identity ?? (await contentOf(mount, input, context)), mount.source, directory])
}

/** Digest of files without an identity, such as a named context. */
async function contentOf(mount: CacheMount, input: Outcome<StepValue>, context: StepContext): Promise<string> {
  const { manifestDirectory, native, signal } = context
  const request = { source: await filesOf(input, context), selection: initialSelection(mount), manifestDirectory }
  const [item] = (await native.trees.digest({ items: [request] }, signal)).items
  if (item === undefined) throw new Error('the binary returned no digest')
  if ('missing' in item) throw new MissingFile(item, 'mount')
  return item.digest
}

interface Tools {
  readonly store: LayerStore
  readonly native: Native
  readonly input: Outcome<StepValue> | undefined
  readonly context: StepContext
}

/** Created by the native binary on first use, with the cache's initial files. */
export async function makeCacheDirectory(slot: string, mount: CacheMount, tools: Tools): Promise<string> {
  const directory = join(slot, 'cache')
  if (await isDirectory(directory)) return directory
  await unlink(directory).catch(() => {}) // not there, or a link; a directory created by another step stays
  const { store, native, input, context } = tools
  if (input === undefined && (await context.options.importedMounts?.fill(mount, slot, context))) return directory
  const draft = await store.layers.draft()
  try {
    const actions = [...(input ? [copyFrom(mount, await filesOf(input, context))] : []), mkdirOf(mount)]
    await native.trees.writeLayer(
      { base: [], actions, tar: draft.tar, index: draft.index, wantDiffId: false },
      context.signal,
    )
    await native.trees.unpackLayer({ blob: draft.tar, tree: slot, base: [] }, context.signal)
  } catch (error) {
    // Two steps may create a shared directory at once; either result is fine.
    if (!(await isDirectory(directory))) throw error
  } finally {
    await store.layers.abandon(draft)
  }
  return directory
}

/** SPEC: BuildKit creates it if the base has no such directory, and otherwise does not change it. */
function mkdirOf({ directory }: CacheMount): FileAction {
  if (directory === undefined) return { kind: 'mkdir', path: '/cache', mode: 0o755 }
  return { kind: 'mkdir', path: '/cache', mode: directory.mode, owner: `${directory.uid}:${directory.gid}` }
}

function copyFrom(mount: CacheMount, source: Extract<FileAction, { kind: 'copy' }>['source']): FileAction {
  return {
    kind: 'copy',
    source,
    selection: initialSelection(mount),
    to: mount.directory ? '/' : '/cache/',
    owner: 'keep',
  }
}

/**
 * The files that a cache starts with. SPEC: with uid, gid or mode, BuildKit uses the directory /cache of the base, which
 * need not exist.
 */
export function initialSelection({ directory, source }: CacheMount): Selection {
  if (directory) return { paths: ['cach[e]'], parents: true }
  return filesBelow(source)
}

/** SECURITY: a step in a plain chroot can replace its cache with a link, which is not followed. */
export async function isDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
