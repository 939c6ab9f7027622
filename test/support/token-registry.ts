import { type FaultRegistry, startFaultRegistry } from './fault-registry.ts'

export interface TokenRegistry extends FaultRegistry {
  /** Only the newest token is accepted; counts the issued ones. */
  given(): number
  /** Revokes all tokens issued so far. */
  revoke(): void
}

/** A fault registry that requires tokens and issues them at `/token`. */
export async function startTokenRegistry(): Promise<TokenRegistry> {
  const registry = await startFaultRegistry()
  let given = 0
  let revoked = 0
  registry.faults.push((request, response) => {
    if (request.url?.startsWith('/token')) {
      given++
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ token: `token-${given}`, expires_in: 300 }))
      return true
    }
    const number = Number(/^Bearer token-(\d+)$/.exec(request.headers.authorization ?? '')?.[1] ?? 0)
    if (number > revoked) return false
    const challenge = `Bearer realm="http://${registry.host}/token",service="test"`
    request.resume()
    response.writeHead(401, { 'www-authenticate': challenge }).end()
    return true
  })
  return {
    ...registry,
    given: () => given,
    revoke: () => {
      revoked = given
    },
  }
}
