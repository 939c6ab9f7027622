import { execFileSync, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { removeAfterFile } from './removed-afterwards.ts'

export interface GitServer {
  /** `http://127.0.0.1:…`, the parent of all repositories. */
  readonly host: string
  /** The `authorization` header of each request. */
  readonly seen: (string | undefined)[]
}

export interface GitServing {
  /** The required `authorization` header. */
  readonly wanted?: string
  /** Version 0 of the protocol, which gives commits by the names of branches and tags only. */
  readonly isOld?: boolean
}

/** Serves the repositories in a directory over HTTP. */
export async function startGitServer(projects: string, { wanted, isOld }: GitServing = {}): Promise<GitServer> {
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const { authorization } = request.headers
    seen.push(authorization)
    if (wanted === undefined || authorization?.toLowerCase() === wanted.toLowerCase())
      return void serve(projects, isOld ? withoutVersion(request) : request, response)
    response.writeHead(401, { 'www-authenticate': 'Basic realm="projects"' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  removeAfterFile(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function withoutVersion(request: IncomingMessage): IncomingMessage {
  delete request.headers['git-protocol']
  return request
}

/** SPEC: RFC 3875, as far as git http-backend needs it. */
async function serve(projects: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '', 'http://localhost')
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: projects,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  })
  request.pipe(backend.stdin)
  const answer = Buffer.concat(await backend.stdout.toArray())
  const end = answer.indexOf('\r\n\r\n')
  const headers = answer.subarray(0, end).toString('latin1').split('\r\n')
  const pairs = headers.map((line) => line.split(': ', 2) as [string, string])
  const status = Number.parseInt(pairs.find(([name]) => name === 'Status')?.[1] ?? '200', 10)
  response
    .writeHead(status, Object.fromEntries(pairs.filter(([name]) => name !== 'Status')))
    .end(answer.subarray(end + 4))
}

/** Creates a repository with one file and one commit. */
export function makeRepository(root: string, file: string): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false']
  const git = (...words: readonly string[]) =>
    execFileSync('git', words, { env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' } })
  git('init', '--quiet', '--initial-branch=main', root)
  execFileSync('sh', ['-c', `echo content > ${file}`], { cwd: root })
  git('-C', root, 'add', '.')
  git('-C', root, ...identity, 'commit', '--quiet', '-m', 'first')
}
