import { createHash, createPublicKey, createSign, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A token server like those of Docker Hub and Harbor, for a real registry with token authentication. */
export interface TokenServer {
  readonly realm: string
  readonly requests: { readonly method: string; readonly url: string; readonly body: string }[]
  /** Lifetime of tokens issued from now on. */
  lifetimeSeconds: number
  /** If false, GET is refused, as by some servers. */
  allowsGet: boolean
  stop(): Promise<void>
}

export interface TokenServerOptions {
  readonly key: KeyObject
  readonly issuer: string
  readonly service: string
  readonly users: Readonly<Record<string, string>>
  readonly refreshTokens?: readonly string[]
}

export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const state = { requests: [] as TokenServer['requests'], lifetimeSeconds: 300, allowsGet: true }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    state.requests.push({ method: request.method ?? '', url: request.url ?? '', body })
    answer(options, state, request, response, body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // always the case for a TCP server
  return Object.assign(state, {
    realm: `http://127.0.0.1:${port}/token`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

function answer(
  options: TokenServerOptions,
  state: Pick<TokenServer, 'lifetimeSeconds' | 'allowsGet'>,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): void {
  const isPost = request.method === 'POST'
  if (!isPost && !state.allowsGet) {
    response.writeHead(405).end()
    return
  }
  const query = isPost ? new URLSearchParams(body) : new URL(request.url ?? '', 'http://x').searchParams
  const user = isPost ? userOfForm(options, query) : userOfHeader(options, request.headers.authorization)
  if (user === undefined) {
    response.writeHead(401).end(JSON.stringify({ details: 'incorrect username or password' }))
    return
  }
  const scopes = query.getAll('scope').flatMap((scope) => scope.split(' '))
  const token = sign(
    options,
    user,
    scopes.filter((scope) => isGranted(user, scope)),
  )
  response
    .writeHead(200)
    .end(JSON.stringify({ [isPost ? 'access_token' : 'token']: token, expires_in: state.lifetimeSeconds }))
}

/** No user can access `secret/`; anonymous users can read `public/`. */
function isGranted(user: string, scope: string): boolean {
  return user === '' ? /^repository:public\/.*:pull$/.test(scope) : !scope.startsWith('repository:secret/')
}

function userOfHeader({ users }: TokenServerOptions, header: string | undefined): string | undefined {
  if (header === undefined) return ''
  const [, name = '', password] =
    /^([^:]*):(.*)$/.exec(Buffer.from(header.replace('Basic ', ''), 'base64').toString()) ?? []
  return users[name] === password ? name : undefined
}

function userOfForm({ users, refreshTokens = [] }: TokenServerOptions, form: URLSearchParams): string | undefined {
  if (form.get('grant_type') === 'refresh_token') {
    return refreshTokens.includes(form.get('refresh_token') ?? '') ? 'token' : undefined
  }
  const name = form.get('username') ?? ''
  return users[name] === form.get('password') ? name : undefined
}

/** SPEC: distribution spec/auth/jwt.md; `kid` in the format of libtrust. */
function sign({ key, issuer, service }: TokenServerOptions, subject: string, scopes: readonly string[]): string {
  const access = scopes
    .filter((scope) => scope !== '')
    .map((scope) => {
      const [type = '', name = '', actions = ''] = scope.split(':')
      return { type, name, actions: actions.split(',') }
    })
  const now = Math.floor(Date.now() / 1000)
  const header = { typ: 'JWT', alg: 'RS256', kid: keyId(key) }
  const claims = {
    iss: issuer,
    sub: subject,
    aud: service,
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: `${now}`,
    access,
  }
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function keyId(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const bits = [...createHash('sha256').update(der).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
  const text = (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('')
  return (text.match(/.{4}/g) ?? []).join(':')
}
