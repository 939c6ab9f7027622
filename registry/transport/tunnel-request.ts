/** The connection that a proxy is to open. */
export interface TunnelRequest {
  readonly target: { readonly hostname: string; readonly port: string }
  readonly login: ProxyLogin | undefined
  /** With the login, if any. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface ProxyLogin {
  readonly username: string
  readonly password: string
}
