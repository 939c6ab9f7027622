import type { NetworkOptions, OpenedNetwork, RunRequest, Sandbox } from '../../../../sandbox-native/driver/index.ts'
import type { ExecOperation } from '../../../plan/graph/operation.ts'

/** The network of one command, open until `release`. */
export interface NetworkLease {
  /** Resolves once connected, to the sandbox's network settings. */
  opened(): Promise<Pick<RunRequest, 'network' | 'resolvConf' | 'hostGateway'>>
  release(): Promise<void>
}

/**
 * One network for all commands of a build that do not request another. Connecting it takes longer than most commands,
 * so it is done once, for the first command, while its files are prepared.
 *
 * SECURITY: concurrent commands of one build share interfaces, loopback and ports. They belong to one Dockerfile and
 * user, and build one image from each other's files. Nothing is shared with the host's network or with other builds;
 * `--network=none` steps stay isolated. See docs/networks.md.
 */
export class StepNetwork {
  readonly #sandbox: Pick<Sandbox, 'openNetwork'>
  readonly #options: NetworkOptions
  #opened: Promise<OpenedNetwork> | undefined
  #closed: Promise<void> = Promise.resolve()
  #users = 0
  #isDone = false

  constructor(sandbox: Pick<Sandbox, 'openNetwork'>, options: NetworkOptions) {
    this.#sandbox = sandbox
    this.#options = options
  }

  /** `warn` is called once per build with the reason why commands use the host's network. */
  lease(network: ExecOperation['network'], warn: (message: string) => void): NetworkLease {
    if (network !== 'default') return { opened: async () => ({ network: { kind: network } }), release: async () => {} }
    this.#users += 1
    const opened = this.#open(warn)
    opened.catch(() => {}) // reported to the command that waits for it
    return {
      opened: async () => {
        const { network, resolvConf, hostGateway } = await opened
        return { network, ...(resolvConf !== undefined && { resolvConf }), ...(hostGateway && { hostGateway }) }
      },
      release: async () => {
        this.#users -= 1
        await this.#closeIfUnused()
      },
    }
  }

  /** Idempotent. If a command awaited by another build still uses the network, it is closed when that command ends. */
  async close(): Promise<void> {
    this.#isDone = true
    await this.#closeIfUnused()
  }

  #open(warn: (message: string) => void): Promise<OpenedNetwork> {
    this.#opened ??= this.#sandbox.openNetwork(this.#options).then((opened) => {
      if (opened.warning !== undefined) warn(opened.warning)
      return opened
    })
    return this.#opened
  }

  async #closeIfUnused(): Promise<void> {
    if (!this.#isDone || this.#users > 0) return
    const opening = this.#opened
    this.#opened = undefined // a step that runs later opens another
    const before = this.#closed
    const closeThis = async (): Promise<void> => {
      const opened = await opening?.catch(() => undefined) // never opened: nothing to close
      await opened?.close()
      await before
    }
    this.#closed = closeThis()
    await this.#closed
  }
}
