import { randomUUID } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { removeAfterFile } from './removed-afterwards.ts'
import { type RunningRegistry, startRegistry } from './start-registry.ts'

/** The parts of Harbor that clients meet: its token service and its middleware, in front of a real registry. */
export interface Harbor {
  readonly host: string
  readonly projects: Map<string, Project>
  /** Robot accounts by name, `robot$ci`. */
  readonly robots: Map<string, Robot>
  readonly tokenRequests: string[]
}

export interface Project {
  readonly isProxy?: boolean
  /** Message with which every manifest is refused. */
  readonly quota?: string
  readonly immutableTags?: readonly string[]
  readonly vulnerable?: string
}

export interface Robot {
  readonly secret: string
  /** Projects that the account can push to and pull from. */
  readonly projects: readonly string[]
}

export const QUOTA_TEXT =
  'adding 12.5 MiB of storage resource, which when updated to current usage of 1010.1 MiB will exceed the configured upper limit of 1.0 GiB.'
export const CVE_TEXT =
  'current image with 3 vulnerabilities cannot be pulled due to configured policy in \'Prevent images with vulnerability severity of "Critical" or higher from running.\' To continue with pull, please contact your project administrator to exempt matched vulnerabilities through configuring the CVE allowlist.'

export interface HarborOptions {
  /** PEM texts. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export async function startHarbor({ tls }: HarborOptions = {}): Promise<Harbor> {
  const registry = await startRegistry()
  const origin = tls === undefined ? 'http' : 'https'
  const state: State = {
    projects: new Map(),
    robots: new Map(),
    tokenRequests: [],
    tokens: new Map(),
    registry,
    origin,
  }
  const answerTo = (request: IncomingMessage, response: ServerResponse): void => answer(state, request, response)
  const server = tls === undefined ? createServer(answerTo) : createTlsServer(tls, answerTo)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // always the case for a TCP server
  removeAfterFile(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { ...state, host: `127.0.0.1:${port}` }
}

interface State extends Omit<Harbor, 'host'> {
  readonly tokens: Map<string, Robot>
  readonly registry: RunningRegistry
  readonly origin: 'http' | 'https'
}

function answer(state: State, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', `${state.origin}://${request.headers.host}`)
  if (url.pathname === '/service/token') {
    issueToken(state, url, request, response)
    return
  }
  const robot = state.tokens.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '')
  const challenge = `Bearer realm="${url.origin}/service/token",service="harbor-registry"`
  if (robot === undefined) {
    refuse(response, 401, 'UNAUTHORIZED', 'unauthorized', challenge)
    return
  }
  const asked = /^\/v2\/([^/]+)\/(.+)\/(manifests|blobs|tags)\/(.*)$/.exec(url.pathname)
  const refusal = asked === null ? undefined : refusalOf(state, robot, request, asked)
  if (refusal === undefined) {
    forward(state, request, response)
    return
  }
  request.resume()
  refuse(response, ...refusal, refusal[0] === 401 ? challenge : undefined)
}

function issueToken(state: State, url: URL, request: IncomingMessage, response: ServerResponse): void {
  state.tokenRequests.push(url.search)
  const basic = Buffer.from(/^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '', 'base64').toString()
  const colon = basic.indexOf(':')
  const robot = state.robots.get(basic.slice(0, colon))
  if (robot?.secret !== basic.slice(colon + 1)) {
    refuse(response, 401, 'UNAUTHORIZED', 'unauthorized')
    return
  }
  const token = randomUUID()
  state.tokens.set(token, robot)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ token, access_token: '', expires_in: 1800, issued_at: new Date().toISOString() }))
}

type Refusal = readonly [status: number, code: string, message: string]

function refusalOf(
  { projects }: State,
  robot: Robot,
  request: IncomingMessage,
  [, name = '', repository = '', kind, last = '']: RegExpExecArray,
): Refusal | undefined {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const action = isRead ? 'pull' : 'push'
  const project = projects.get(name)
  if (project === undefined && isRead) return [404, 'NOT_FOUND', `project ${name} not found`]
  if (project === undefined) return [401, 'UNAUTHORIZED', `project ${name} not found: project ${name} not found`]
  if (!robot.projects.includes(name))
    return [401, 'UNAUTHORIZED', `unauthorized to access repository: ${name}/${repository}, action: ${action}`]
  if (project.isProxy && !isRead)
    return [405, 'METHOD_NOT_ALLOWED', `can not push artifact to a proxy project: ${name}`]
  if (kind !== 'manifests') return undefined
  if (isRead && project.vulnerable !== undefined) return [412, 'PROJECTPOLICYVIOLATION', project.vulnerable]
  if (!isRead && project.quota !== undefined) return [403, 'DENIED', project.quota]
  if (!isRead && project.immutableTags?.includes(last))
    return [412, 'PRECONDITION', `Failed to process request due to '${repository}:${last}' configured as immutable.`]
  return undefined
}

function refuse(response: ServerResponse, status: number, code: string, message: string, challenge?: string): void {
  const headers = { 'content-type': 'application/json', ...(challenge && { 'www-authenticate': challenge }) }
  response.writeHead(status, headers).end(JSON.stringify({ errors: [{ code, message }] }))
}

/** Keeps the Host header of the client, from which the registry builds upload locations. */
function forward({ registry, origin }: State, request: IncomingMessage, response: ServerResponse): void {
  const [hostname, port] = registry.host.split(':')
  const { authorization: _, ...own } = request.headers
  const headers = { ...own, 'x-forwarded-proto': origin }
  const onward = httpRequest({ hostname, port, method: request.method, path: request.url, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 502, answered.headers)
    answered.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}
