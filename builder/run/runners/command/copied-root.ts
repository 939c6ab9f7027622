import { join } from 'node:path'
import { parseDigest } from '../../../../image-spec/index.ts'
import type { Chain, LayerForm, LayerRecord } from '../../../../layer-store/index.ts'
import type { StepContext } from '../step-context.ts'
import { runInCopy } from './run-in-copy.ts'
import type { StepRoot } from './step-root.ts'
import type { WorkingTree } from './working-trees.ts'

const WARNING =
  'No overlay can be mounted on the filesystem of the store: RUN steps work in a copy of their layers, which takes more time and space (docs/rootless.md)'

/**
 * For machines without overlay mounts: the command works in a complete copy of the layers, and its layer is the
 * difference from a survey of the tree. No file is shared with the store, so a command can only change its own. The
 * next step continues in the same tree.
 */
export async function openCopiedRoot(chain: Chain, context: StepContext): Promise<StepRoot> {
  const { store, native, options, signal, workingTrees, report } = context
  const { layers } = store
  if (native.isolation === 'copied-tree') report.warn(WARNING)
  const forms = await layers.forms(chain, signal, options.aroundUnpack)
  const taken = workingTrees.take(chain)
  const draft = taken?.draft ?? (await layers.draft())
  const survey = join(draft.directory, 'survey')
  return {
    name: draft.id,
    run: async (request, io) => {
      await fill({ draft, chain: taken?.chain ?? [] }, { forms, survey, isNew: taken === undefined }, context)
      return runInCopy(draft, request, { native, io, signal })
    },
    commit: async () => {
      const layer = await packChanges({ tree: draft.tree, survey, forms }, context)
      await workingTrees.keep({ draft, chain: layer ? [...chain, layer.id] : chain })
      return layer
    },
    abandon: () => layers.abandon(draft),
  }
}

interface TreeContent {
  readonly forms: readonly LayerForm[]
  readonly survey: string
  readonly isNew: boolean
}

async function fill(tree: WorkingTree, content: TreeContent, { native, signal }: StepContext): Promise<void> {
  const { forms, survey, isNew } = content
  const path = tree.draft.tree
  const missing = forms.slice(0, forms.length - tree.chain.length)
  if (isNew) {
    const output = { kind: 'directory', path, keepOwners: true, survey } as const
    await native.trees.flatten({ layers: forms, output }, signal)
  } else if (missing.length > 0) await native.trees.advance({ tree: path, layers: missing, survey }, signal)
}

async function packChanges(
  { tree, survey, forms }: { readonly tree: string; readonly survey: string; readonly forms: readonly LayerForm[] },
  { store: { layers }, native, signal }: StepContext,
): Promise<LayerRecord | undefined> {
  const draft = await layers.draft('tar')
  try {
    const output = { path: draft.tar, compression: 'none' } as const
    const layer = { kind: 'changed-tree', path: tree, survey } as const
    const packed = await native.trees.packLayer({ layer, base: forms, output, index: draft.index }, signal)
    if (packed.entryCount === 0) {
      await layers.abandon(draft)
      return undefined
    }
    const { sizeBytes, contentBytes } = packed
    return await layers.commitTar(draft, { diffId: parseDigest(packed.diffId), sizeBytes, contentBytes })
  } catch (error) {
    await layers.abandon(draft)
    throw error
  }
}
