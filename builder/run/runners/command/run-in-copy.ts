import type { LayerDraft } from '../../../../layer-store/index.ts'
import type { Native, RunOutcome, RunRequest, SandboxIo } from '../../../../sandbox-native/driver/index.ts'

/** Where no overlay can be mounted: the command changes the tree of the draft itself. */
export function runInCopy(
  { tree, work }: LayerDraft,
  request: Omit<RunRequest, 'rootfs'>,
  {
    native: { isolation, sandbox },
    io,
    signal,
  }: { readonly native: Native; readonly io: SandboxIo; readonly signal: AbortSignal },
): Promise<RunOutcome> {
  if (isolation !== 'chroot') return sandbox.run({ ...request, rootfs: { tree } }, io, signal)
  const process = { ...request.process, unfiltered: true } // the filter of this container holds; another needs rights
  return sandbox.runInTree({ tree, stash: work, run: { ...request, process, rootfs: {} } }, io, signal)
}
