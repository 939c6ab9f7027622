import { type Binary, callBinary } from './call-binary.ts'
import { SandboxError } from './errors.ts'
import type { Status } from './protocol.ts'
import type { NetworkOptions, OpenedNetwork } from './sandbox.ts'

/** A network created by the native binary, whose process holds it until it is closed or this process exits. */
export function openNativeNetwork(binary: Binary, options: NetworkOptions = {}): Promise<OpenedNetwork> {
  const closing = new AbortController()
  return new Promise((resolve, reject) => {
    let warning: string | undefined
    const onStatus = (status: Status): void => {
      if (status.kind === 'warning') warning = status.message
      if (status.kind !== 'network') return
      const { pid, startTicks, resolvConf, hostGateway } = status
      const opened = { network: { kind: 'join', pid, startTicks }, resolvConf, close } as const
      resolve({ ...opened, ...(hostGateway && { hostGateway }), ...(warning && { warning }) })
    }
    const { signal } = closing
    const ended = callBinary(binary, {
      request: { verb: 'network', ...options },
      onStatus,
      signal,
    })
    const close = async (): Promise<void> => {
      closing.abort()
      await ended.catch(rethrowUnlessAborted)
    }
    // If no network could be created, the process exits with only a warning.
    ended.then(() => resolve({ network: { kind: 'host' }, ...(warning && { warning }), close }), reject)
  })
}

function rethrowUnlessAborted(error: unknown): void {
  if (!(error instanceof SandboxError) || error.code !== 'SANDBOX_ABORTED') throw error
}
