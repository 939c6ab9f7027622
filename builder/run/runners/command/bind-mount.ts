import { lstat } from 'node:fs/promises'
import { posix } from 'node:path'
import { hasCode } from '../../../../errors/index.ts'
import type { LayerDraft } from '../../../../layer-store/index.ts'
import type { Mount, Selection } from '../../../../sandbox-native/driver/index.ts'
import { BuildError } from '../../../request/errors.ts'
import type { Outcome } from '../../../solve/runner.ts'
import { filesBelow, filesOf, ownerOf } from '../sources/selected-files.ts'
import type { StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'
import type { MountOf, OpenedMount } from './opened-mount.ts'

/** The files of an input that a bind mount shows. */
export function mountedSelection(source: string): Selection {
  return { paths: [relativeSource(source) || '.'], parents: true, follow: true }
}

/** The input of a bind mount, and the drafts that hold what is mounted of it. */
interface Opening {
  readonly input: Outcome<StepValue> | undefined
  readonly drafts: LayerDraft[]
  readonly context: StepContext
}

/** An overlay over the input's layers; files that are not in a layer are put into one first. Writes are discarded. */
export async function openBind(
  mount: MountOf<'bind'>,
  input: Outcome<StepValue> | undefined,
  context: StepContext,
): Promise<OpenedMount> {
  const { layers } = context.store
  const drafts: LayerDraft[] = []
  const opening = { input, drafts, context }
  const close = async () => {
    for (const draft of drafts) await layers.abandon(draft)
  }
  try {
    if (context.native.isolation !== 'namespaces') {
      return { mount: await bindOfCopy(mount, opening), close }
    }
    const lowers =
      input?.value.kind === 'snapshot'
        ? await treesOf(input.value, drafts, context)
        : [await treeOfFiles(mountedSelection(mount.source), opening)]
    const overlay = { kind: 'overlay', lowers, subpath: relativeSource(mount.source), target: mount.target } as const
    if (!mount.writable) return { mount: overlay, close }
    const scratch = await layers.draft()
    drafts.push(scratch)
    return { mount: { ...overlay, upper: scratch.tree, work: scratch.work }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function treesOf(
  snapshot: Extract<StepValue, { kind: 'snapshot' }>,
  drafts: LayerDraft[],
  { store, signal, options }: StepContext,
): Promise<readonly string[]> {
  const trees = await store.layers.trees(await snapshot.chain(), signal, options.aroundUnpack)
  if (trees.length > 0) return trees
  const empty = await store.layers.draft() // the kernel mounts no overlay without layers
  drafts.push(empty)
  return [empty.tree]
}

/** SECURITY: the sandbox follows links in the source within the copy; a plain chroot has no sandbox to do so. */
async function bindOfCopy(mount: MountOf<'bind'>, opening: Opening): Promise<Mount> {
  const { source, target, writable } = mount
  const subpath = relativeSource(source)
  if (opening.context.native.isolation === 'chroot') {
    return { kind: 'bind', source: await linkFiles(mount, opening), target }
  }
  const tree = await treeOfFiles(mountedSelection(source), opening)
  return { kind: 'bind', source: tree, subpath, target, readOnly: !writable }
}

/**
 * A plain chroot has no mounts: the files themselves are copied into place. No link leads to them, but they may be
 * links to anywhere in the input.
 */
async function linkFiles({ source }: MountOf<'bind'>, opening: Opening): Promise<string> {
  const subpath = relativeSource(source)
  const tree = await treeOfFiles(filesBelow(source), opening).catch((cause) => {
    throw hasCode(cause, 'TREE_MISSING') ? linkInPath(subpath, cause) : cause
  })
  const path = posix.join(tree, subpath)
  const isPlain = await lstat(path).then(
    (found) => !found.isSymbolicLink(),
    () => false, // the mount reports a missing file
  )
  if (isPlain) return path
  return posix.join(await treeOfFiles(filesBelow('/'), opening), subpath)
}

/** The file was found when the input was read. */
function linkInPath(subpath: string, cause: Error): BuildError {
  const message = `Cannot mount "${subpath}": its path contains a link, which is not followed in a plain chroot`
  return new BuildError('BUILD_NOT_SUPPORTED', message, { hint: 'Use the target of the link', cause })
}

async function treeOfFiles(selection: Selection, { input, drafts, context }: Opening): Promise<string> {
  const draft = await context.store.layers.draft()
  drafts.push(draft)
  const source = await filesOf(input, context)
  const owner = ownerOf(input)
  const action = {
    kind: 'copy',
    source,
    selection,
    to: '/',
    ...(owner && { owner }),
  } as const
  await context.native.trees.writeLayer(
    { base: [], actions: [action], tar: draft.tar, index: draft.index, wantDiffId: false },
    context.signal,
  )
  const tree = posix.join(draft.directory, 'files')
  await context.native.trees.unpackLayer({ blob: draft.tar, tree, base: [] }, context.signal)
  return tree
}

/** Normalizes `.`, `/` and `/a/../b` to a clean path relative to the root. */
function relativeSource(source: string): string {
  return posix.normalize(posix.join('/', source)).slice(1)
}
