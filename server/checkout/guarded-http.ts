import type { Readable } from 'node:stream'
import { createHttpClient, findProxy } from '../../registry/index.ts'
import { openGitProxy } from '../addresses/index.ts'
import { ServerError } from '../errors.ts'
import { ownAddresses } from './own-addresses.ts'
import { CheckoutRefused, type GitRun } from './run-git.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}
export interface HttpAnswer {
  readonly status: number
  readonly body: Readable
}
export interface GuardedHttp {
  /** Follows redirects. SECURITY: other servers receive only the headers of the content. */
  fetch(url: URL, request: HttpRequest): Promise<HttpAnswer>
  close(): Promise<void>
}

const MAX_REDIRECTS = 5

/**
 * For URLs chosen by a repository or its servers: they are always reached through the guard or the operator's proxy.
 * The repository's own server may be this machine.
 */
export async function openGuardedHttp(repository: string, { env, signal }: GitRun): Promise<GuardedHttp> {
  const own = URL.canParse(repository) ? new URL(repository) : undefined
  const addresses = ownAddresses(repository)
  const guard = await openGitProxy(addresses)
  const client = createHttpClient(env)
  const withoutExceptions = { ...env, no_proxy: '', NO_PROXY: '' }
  const proxyFor = (target: URL): string =>
    findProxy(target, target.host === own?.host ? env : withoutExceptions)?.href ?? guard.url
  return {
    async fetch(url, { method, headers, body }) {
      let target = url
      for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
        const sent = target.origin === url.origin ? headers : contentHeaders(headers)
        const request = { method, headers: sent, body, signal }
        const response = await client.send(target, proxyFor(target), request).catch((cause: Error) => {
          throw /\b451\b/.test(cause.message) ? refusedByGuard(target, addresses) : unreachable(target, cause)
        })
        if (response.status === 451) throw refusedByGuard(target, addresses)
        if (response.status < 300 || response.status >= 400 || response.location === undefined) return response
        response.body.resume()
        target = redirected(response.location, target)
      }
      throw refused(target, 'too many redirects')
    },
    close: async () => {
      await client.close()
      guard.close()
    },
  }
}

function contentHeaders(headers: HttpRequest['headers']): HttpRequest['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => /^(accept|content-type)$/i.test(name)))
}

function redirected(location: string, from: URL): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (to === undefined || !/^https?:$/.test(to.protocol)) throw refused(from, 'it redirects to another protocol')
  if (from.protocol === 'https:' && to.protocol === 'http:') throw refused(from, 'it redirects from https to http')
  return to
}

function unreachable(target: URL, cause: Error): Error {
  const message = `Cannot fetch Git LFS files from "${target.host}": ${cause.message}`
  return new ServerError('SERVER_CHECKOUT_FAILED', message, {
    hint: 'Check that this machine can reach the server of the LFS files',
  })
}

/** An ssh address of a forge on this machine names another port than that of its LFS files. */
function refusedByGuard({ host, hostname, origin }: URL, own: readonly string[]): CheckoutRefused {
  const isOwn = own.some((address) => address.startsWith(`${hostname}:`))
  return new CheckoutRefused(
    'SERVER_CHECKOUT_FAILED',
    `Cannot fetch Git LFS files from "${host}": builds may not fetch LFS files from this machine${isOwn ? ' at another port than the repository' : ''}`,
    {
      hint: isOwn
        ? `Use the address of the repository that begins with ${origin}`
        : 'Host LFS files on the server of the repository, or on another machine',
    },
  )
}

function refused(target: URL, reason: string): CheckoutRefused {
  return new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot fetch Git LFS files from "${target.host}": ${reason}`, {
    hint: 'Host LFS files on the server of the repository, or on another machine',
  })
}
