import { lstat } from 'node:fs/promises'
import { posix } from 'node:path'
import type { LayerDraft } from '../../../../layer-store/index.ts'
import type { Mount, Selection } from '../../../../sandbox-native/driver/index.ts'
import type { Outcome } from '../../../solve/runner.ts'
import { filesOf, ownerOf } from '../sources/selected-files.ts'
import type { StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'
import type { MountOf, OpenedMount } from './opened-mount.ts'

/** Which files of an input a bind mount shows. */
export function mountedSelection(source: string): Selection {
  return { paths: [relativeSource(source) || '.'], parents: true, follow: true }
}

/** An overlay over the input's layers; files that are in no layer yet become one first. Writes are discarded. */
export async function openBind(
  mount: MountOf<'bind'>,
  input: Outcome<StepValue> | undefined,
  context: StepContext,
): Promise<OpenedMount> {
  const { layers } = context.store
  const drafts: LayerDraft[] = []
  const close = async () => {
    for (const draft of drafts) await layers.abandon(draft)
  }
  try {
    if (context.native.isolation !== 'namespaces') {
      const tree = await copyOfFiles(mount, input, drafts, context)
      return { mount: bindOfCopy(tree, mount, context), close }
    }
    const lowers =
      input?.value.kind === 'snapshot'
        ? await layers.trees(await input.value.chain(), context.signal, context.options.aroundUnpack)
        : [await treeOfFiles(mount.source, input, drafts, context)]
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

/** A plain chroot has no mounts: the files themselves are put in place. */
function bindOfCopy(
  tree: string,
  { source, target, writable }: MountOf<'bind'>,
  { native }: Pick<StepContext, 'native'>,
): Mount {
  const subpath = relativeSource(source)
  if (native.isolation === 'chroot') return { kind: 'bind', source: posix.join(tree, subpath), target }
  return { kind: 'bind', source: tree, subpath, target, readOnly: !writable }
}

/** A source that is a link shows what it leads to, which may be anywhere in the input. */
async function copyOfFiles(
  { source }: MountOf<'bind'>,
  input: Outcome<StepValue> | undefined,
  drafts: LayerDraft[],
  context: StepContext,
): Promise<string> {
  const tree = await treeOfFiles(source, input, drafts, context)
  const shown = lstat(posix.join(tree, relativeSource(source)))
  const isPlain = await shown.then(
    (found) => !found.isSymbolicLink(),
    () => false, // the files of other ids may be closed to this process
  )
  return isPlain ? tree : treeOfFiles('/', input, drafts, context)
}

async function treeOfFiles(
  shown: string,
  input: Outcome<StepValue> | undefined,
  drafts: LayerDraft[],
  context: StepContext,
): Promise<string> {
  const draft = await context.store.layers.draft()
  drafts.push(draft)
  const source = await filesOf(input, context)
  const owner = ownerOf(input)
  const action = {
    kind: 'copy',
    source,
    selection: mountedSelection(shown),
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

/** `.`, `/` and `/a/../b` as a clean path beneath the root. */
function relativeSource(source: string): string {
  return posix.normalize(posix.join('/', source)).slice(1)
}
