import { type Binary, callBinary } from './call-binary.ts'
import { SandboxError } from './errors.ts'
import { openNativeNetwork } from './native-network.ts'
import type { Request, Status } from './protocol.ts'
import type { Isolation, OpenedNetwork, RunOutcome, Sandbox, SandboxIo } from './sandbox.ts'

/** Opened once a build: the place to warn. */
const NETWORK_OF_CONTAINER: OpenedNetwork = {
  network: { kind: 'host' },
  warning:
    'This container allows no namespaces with mounts: RUN steps work in a plain chroot, with the network of this container, and are not confined from it (docs/rootless.md)',
  close: async () => {},
}

/** The sandbox of our own binary. */
export function createNativeSandbox(binary: Binary, isolation: Isolation): Sandbox {
  return {
    run: (request, io, signal) => runToEnd(binary, { verb: 'run', ...request }, { io, signal }),
    runInTree: (request, io, signal) => runToEnd(binary, { verb: 'run-in-tree', ...request }, { io, signal }),
    openNetwork: async (options) =>
      isolation === 'chroot' ? NETWORK_OF_CONTAINER : openNativeNetwork(binary, options),
  }
}

/** For the verbs whose last status is how a command ended. */
export async function runToEnd(
  binary: Binary,
  request: Extract<Request, { readonly verb: 'run' | 'run-in-tree' | 'exec' }>,
  { io, signal }: { readonly io: SandboxIo; readonly signal?: AbortSignal | undefined },
): Promise<RunOutcome> {
  const last = await callBinary(binary, { request, io, signal, onStatus: (status) => report(status, io) })
  if (last.kind !== 'exited') {
    throw new SandboxError('SANDBOX_PROTOCOL', `Cannot read the result of the command: got status "${last.kind}"`)
  }
  const { kind: _, ...outcome } = last
  return outcome
}

function report(status: Status, io: SandboxIo): void {
  if (status.kind === 'started') io.onStarted?.(status.pid)
  if (status.kind === 'warning') io.onWarning?.(status.message)
}
