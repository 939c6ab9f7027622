import { messageOf } from '../../errors/index.ts'

export interface FailedProxy {
  /** SECURITY: the host only, since the URL may contain a password. */
  readonly host: string
  readonly hasUser: boolean
  /** The variable that names it. */
  readonly variable: string
}

/** A proxy cannot be reached, or refuses to connect to the target. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure'
  readonly proxy: FailedProxy
  /** Its response; undefined if it cannot be reached. */
  readonly answer: ProxyAnswer | undefined
  constructor(proxy: FailedProxy, answer: ProxyAnswer | undefined, cause?: unknown) {
    super(`the proxy "${proxy.host}" ${answer?.text ?? `cannot be reached: ${messageOf(cause)}`}`, { cause })
    this.proxy = proxy
    this.answer = answer
  }
}

export interface ProxyAnswer {
  /** Of HTTP; for SOCKS, the one with the same meaning. */
  readonly status: number
  /** `returned 407`. */
  readonly text: string
}
