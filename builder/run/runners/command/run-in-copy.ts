import type { LayerDraft } from '../../../../layer-store/index.ts'
import type { Native, RunOutcome, RunRequest, SandboxIo } from '../../../../sandbox-native/driver/index.ts'

/** For machines without overlay mounts: the command changes the draft's tree directly. */
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
  // this container's filter applies; installing another needs privileges
  const process = { ...request.process, unfiltered: true }
  return sandbox.runInTree({ tree, stash: work, run: { ...request, process, rootfs: {} } }, io, signal)
}
