import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { removeAfterFile } from '../../support/removed-afterwards.ts'

export interface GitOverHttp {
  readonly url: string
  /** Received Authorization headers, decoded. */
  readonly logins: string[]
  /** Files of Git LFS by SHA-256, or their download addresses. */
  readonly lfs: Map<string, string>
}

/** git's `http-backend` behind a password. Protocol 0 serves no single commits. */
export async function serveGitOverHttp(root: string, password: string, protocol?: 0): Promise<GitOverHttp> {
  const logins: string[] = []
  const lfs = new Map<string, string>()
  const server = createServer((request, response) => {
    const login = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString()
    logins.push(login)
    if (!login.endsWith(`:${password}`)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    if (answerLfs(lfs, request, response)) return
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const env = {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: protocol === 0 ? '' : String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      CONTENT_LENGTH: request.headers['content-length'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
    }
    const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] })
    request.pipe(backend.stdin)
    const chunks: Buffer[] = []
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    backend.stdout.on('end', () => {
      const answer = Buffer.concat(chunks)
      const end = answer.indexOf('\r\n\r\n')
      for (const line of answer.subarray(0, end).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ')
        if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
        else response.setHeader(name, value)
      }
      response.end(answer.subarray(end + 4))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  removeAfterFile(() => void server.close())
  return { url: `http://127.0.0.1:${port}`, logins, lfs }
}

/** SPEC: Git LFS API: batch, then one download for each object. */
function answerLfs(lfs: ReadonlyMap<string, string>, request: IncomingMessage, response: ServerResponse): boolean {
  const place = /\/redirect\/(.*)$/.exec(request.url ?? '')?.[1]
  if (place !== undefined) response.writeHead(307, { location: place }).end()
  if (place !== undefined) return true
  const object = /\/lfs-objects\/([0-9a-f]{64})$/.exec(request.url ?? '')?.[1]
  if (object !== undefined) response.end(lfs.get(object))
  if (object !== undefined || !request.url?.endsWith('/info/lfs/objects/batch')) return object !== undefined
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { objects } = JSON.parse(Buffer.concat(chunks).toString()) as { objects: { oid: string; size: number }[] }
    const own = `http://${request.headers.host}/lfs-objects/`
    const href = (oid: string): string =>
      /^(https?|file):/i.test(lfs.get(oid) ?? '') ? `${lfs.get(oid)}` : `${own}${oid}`
    const header = { authorization: request.headers.authorization }
    const found = objects.map((one) => ({ ...one, actions: { download: { href: href(one.oid), header } } }))
    response.setHeader('content-type', 'application/vnd.git-lfs+json')
    response.end(JSON.stringify({ transfer: 'basic', objects: found }))
  })
  return true
}
