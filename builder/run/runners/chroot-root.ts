import { join } from 'node:path'
import { parseDigest } from '../../../image-spec/index.ts'
import type { Chain } from '../../../layer-store/index.ts'
import type { StepContext } from './step-context.ts'
import type { StepRoot } from './step-root.ts'

/**
 * A complete copy of the layers in which the command works by itself; its layer is what differs from a survey that was
 * made before. The copy shares no file with the store: a command can change nothing but its own.
 */
export async function openChrootRoot(chain: Chain, context: StepContext): Promise<StepRoot> {
  const { store, native, options, signal } = context
  const { layers } = store
  const forms = await layers.forms(chain, signal, options.aroundUnpack)
  const room = await layers.draft()
  const survey = join(room.directory, 'survey')
  return {
    name: room.id,
    run: async (request, io) => {
      const output = { kind: 'directory', path: room.tree, keepOwners: true } as const
      await native.trees.flatten({ layers: forms, output }, signal)
      const process = { ...request.process, unfiltered: true } // the filter of this container holds; another needs rights
      const run = { ...request, process, rootfs: { lowers: [] } }
      return native.sandbox.runInTree({ tree: room.tree, stash: room.work, survey, run }, io, signal)
    },
    commit: async () => {
      const draft = await layers.draft()
      try {
        const output = { path: draft.tar, compression: 'none' } as const
        const layer = { kind: 'changed-tree', path: room.tree, survey } as const
        const packed = await native.trees.packLayer({ layer, base: forms, output, index: draft.index }, signal)
        await layers.abandon(room)
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
    },
    abandon: () => layers.abandon(room),
  }
}
