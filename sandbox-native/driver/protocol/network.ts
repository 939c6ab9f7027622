export type Network =
  | { readonly kind: 'none' }
  | { readonly kind: 'host' }
  /** An own namespace, with outbound access through pasta or slirp4netns where present. */
  | { readonly kind: 'private' }
  /**
   * The namespace of another process, which is identified by its start (clock ticks since boot) from a later one of its number.
   * A `run` joins its user namespace too, unless ids are the host's.
   */
  | { readonly kind: 'join'; readonly pid: number; readonly startTicks: number }

/**
 * Makes a private network for commands to join and holds it until SIGTERM or until no one reads the statuses. Statuses:
 * network, then result; only a warning before the result where no helper program can connect one.
 */
export interface NetworkRequest {
  readonly verb: 'network'
  /** The host's loopback can be reached, at the address that the status tells. */
  readonly reachesHost?: boolean
  /** 169.254.169.254, where clouds have their metadata service, leads nowhere. */
  readonly hidesMetadata?: boolean
}
