import { readdir } from 'node:fs/promises'
import type { Chain } from '../../../../layer-store/index.ts'
import type { StepContext } from '../step-context.ts'
import { openCopiedRoot } from './copied-root.ts'
import type { StepRoot } from './step-root.ts'

export function openStepRoot(chain: Chain, context: StepContext): Promise<StepRoot> {
  return context.native.isolation === 'namespaces' ? openOverlayRoot(chain, context) : openCopiedRoot(chain, context)
}

/** The layer is the content of the overlay's upper directory after the command. */
async function openOverlayRoot(chain: Chain, { store, native, options, signal }: StepContext): Promise<StepRoot> {
  const { layers } = store
  const lowers = await layers.trees(chain, signal, options.aroundUnpack)
  const draft = await layers.draft()
  return {
    name: draft.id,
    run: (request, io) => {
      const rootfs = { lowers, upper: draft.tree, work: draft.work }
      return native.sandbox.run({ ...request, rootfs }, io, signal)
    },
    commit: async () => {
      if ((await readdir(draft.tree)).length > 0) return layers.commitTree(draft)
      await layers.abandon(draft)
      return undefined
    },
    abandon: () => layers.abandon(draft),
  }
}
