import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { createRepository } from '../../server/support/git-repository.ts'
import {
  serverDirectory,
  signedHeaders,
  startTestServer,
  type TestServer,
  WEBHOOK_SECRET,
} from '../../server/support/start-test-server.ts'

const directory = serverDirectory()
let server: TestServer

beforeAll(async () => {
  server = await startTestServer(directory, {
    TSBUILD_SERVER_WORKER_SLOTS: '0',
    TSBUILD_SERVER_WEBHOOKS_MAX_BODY_BYTES: '100000',
    TSBUILD_SERVER_WEBHOOKS_DOCKER_HUB_SECRET: 'a-secret-in-the-address',
    TSBUILD_SERVER_PUBLIC_URL: 'http://builds.example.com/',
    TSBUILD_SERVER_LOG_LEVEL: 'debug',
  })
  const repository = createRepository(directory, 'app')
  const body = { name: 'app', settings: { repository: { url: repository.url } }, webhookSecret: WEBHOOK_SECRET }
  await server.api.call('createProject', { body })
})

const main = { ref: 'refs/heads/main' }
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { code: string } }).error.code
const builds = async (): Promise<number> => (await server.api.call('listBuilds')).builds.length
const post = (path: string, headers: Record<string, string>, body: string): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'POST', headers, body })

describe('webhooks', () => {
  test('without a signature, with a wrong one, or for another body are refused', async () => {
    const plain = await post('/hooks/app', { 'content-type': 'application/json' }, JSON.stringify(main))
    expect([plain.status, await codeOf(plain)]).toEqual([401, 'SERVER_BAD_SIGNATURE'])
    const headers = {
      'webhook-id': 'a',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': 'v1,AAAA',
    }
    expect((await post('/hooks/app', headers, JSON.stringify(main))).status).toBe(401)
    expect(await builds()).toBe(0)
  })

  test('that are too old or too new are refused, and a repeated one builds nothing', async () => {
    for (const ageSeconds of [400, -400]) {
      const stale = await server.push('app', main, { ageSeconds })
      expect([stale.status, await codeOf(stale)]).toEqual([409, 'SERVER_REPLAYED'])
    }
    expect((await server.push('app', main, { id: 'once' })).status).toBe(202)
    const again = await server.push('app', main, { id: 'once' })
    expect([again.status, await again.json()]).toEqual([200, { outcome: 'duplicate' }])
    expect(await builds()).toBe(1)
  })

  test('of an unknown project, with a wrong secret, or too long are refused', async () => {
    const unknown = await server.push('nothing', main)
    expect([unknown.status, await codeOf(unknown)]).toEqual([404, 'SERVER_NOT_FOUND'])
    expect((await post('/hooks/docker-hub/wrong', {}, '{}')).status).toBe(401)
    const harbor = await post('/hooks/harbor', { authorization: '' }, '{}')
    expect([harbor.status, await harbor.text()]).toEqual([401, expect.stringContaining('webhooks.harborAuthorization')])
    const long = await server.push('app', { ...main, message: 'x'.repeat(200_000) })
    expect([long.status, await codeOf(long)]).toEqual([413, 'SERVER_TOO_LARGE'])
  })

  test('that are signed but not valid JSON or of another shape start nothing', async () => {
    for (const text of ['', '{', '[]', 'null', '"x"', '{"ref": 7}', '{"ref": {"a": []}}', `${'['.repeat(50_000)}`]) {
      const answer = await post('/hooks/app', signedHeaders(text, WEBHOOK_SECRET), text)
      expect([text.slice(0, 20), answer.status]).toEqual([text.slice(0, 20), 400])
    }
    expect(await builds()).toBe(1)
  })

  test.each([
    ['content-type', 'application/json; charset=utf-16'],
    ['content-type', 'application/json;Charset="ISO-8859-1"'],
    ['content-type', 'application/x-www-form-urlencoded; charset=utf-7'],
    ['content-encoding', 'gzip'],
    ['content-encoding', 'identity, br'],
  ])('that are encoded by %s: %s are refused', async (header, value) => {
    const text = JSON.stringify(main)
    const answer = await post('/hooks/app', { ...signedHeaders(text, WEBHOOK_SECRET), [header]: value }, text)
    const encoding = value.replace(/.*charset="?([^"]*)"?/i, '$1')
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(`\\"${encoding}\\"`)])
    expect(await builds()).toBe(1)
  })

  test('in UTF-8 are accepted, however the forge spells it', async () => {
    for (const type of ['application/json; charset=UTF-8', 'application/json;charset="utf-8"']) {
      const text = JSON.stringify({ ...main, ref: 'refs/heads/unbuilt' })
      const headers = { ...signedHeaders(text, WEBHOOK_SECRET), 'content-type': type, 'content-encoding': 'identity' }
      expect([type, (await post('/hooks/app', headers, text)).status]).toEqual([type, 200])
    }
  })

  test('of several refs start one build each; the same body under another ID is a replay', async () => {
    const settings = {
      repository: { url: 'https://git.example.com/x', forge: 'bitbucket' },
      triggers: { tags: ['v*'] },
    }
    await server.api.call('createProject', { body: { name: 'many', settings, webhookSecret: WEBHOOK_SECRET } })
    const to = (type: string, name: string, hash: string) => ({ new: { type, name, target: { hash, message: 'm' } } })
    const changes = [to('branch', 'main', '1'.repeat(40)), to('tag', 'v1', '2'.repeat(40)), to('branch', 'x', '3')]
    const body = JSON.stringify({ push: { changes: [...changes, to('branch', 'main', '4'.repeat(40))] } })
    const signature = `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}`
    const deliver = (id: string) =>
      post('/hooks/many', { 'x-event-key': 'repo:push', 'x-request-uuid': id, 'x-hub-signature': signature }, body)
    const first = await deliver('one')
    expect(first.status).toBe(202)
    const { builds: started } = (await first.json()) as { builds: number[] }
    const listed = (await server.api.call('listBuilds', { query: { project: 'many' } })).builds
    expect(listed.map(({ ref, commit }) => [ref, commit?.[0]]).sort()).toEqual([
      ['refs/heads/main', '4'],
      ['refs/tags/v1', '2'],
    ])
    expect(started.sort()).toEqual(listed.map(({ id }) => id).sort())
    expect(await (await deliver('one')).json()).toEqual({ outcome: 'duplicate' })
    const replay = await deliver('two')
    expect([replay.status, await codeOf(replay)]).toEqual([409, 'SERVER_REPLAYED'])
    const { deliveries } = await server.api.call('listDeliveries', { path: { project: 'many' } })
    expect(deliveries.map(({ builds }) => builds)).toEqual([[...started]])
    await server.api.call('deleteProject', { path: { project: 'many' } })
  })

  test('that arrive concurrently get the right responses', async () => {
    const wanted = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 'same' : `own-${index}`))
    const answers = await Promise.all(wanted.map((id) => server.push('app', main, { id: `burst-${id}` })))
    const outcomes = await Promise.all(answers.map((answer) => answer.json() as Promise<{ outcome: string }>))
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted').length).toBe(41)
    expect(outcomes.filter(({ outcome }) => outcome === 'duplicate').length).toBe(19)
  })

  test.each([
    'refs/heads/../../x',
    'refs/heads/-x --upload-pack=touch',
    '--upload-pack=x',
    'refs/heads/a b',
    'refs/heads/a\u0000b',
  ])('with ref %j are refused', async (ref) => {
    const answer = await server.push('app', { ref })
    expect(answer.status).toBe(400)
  })

  test.each(['--upload-pack=x', 'HEAD', '..', 'A'.repeat(40), 7, ['x']])(
    'with commit %j are refused',
    async (commit) => {
      const answer = await server.push('app', { ...main, commit })
      expect([answer.status, await codeOf(answer)]).toEqual([400, 'SERVER_BAD_REQUEST'])
    },
  )
})

describe('the API', () => {
  test("refuses each operation without a token and beyond the token's scope", async () => {
    const document = await (await fetch(`${server.url}/api/v1/openapi.json`)).json()
    const all = Object.entries(document.paths as object).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    const public_ = ['post /session', 'delete /session']
    const operations = all.filter((one) => !public_.includes(one))
    const building = ['/projects/{project}/builds', '/builds/{build}/cancel', '/builds/{build}/retry']
    const needed = (one: string): number => {
      if (building.some((path) => one === `post ${path}`)) return 2
      return one.startsWith('get ') && one !== 'get /tokens' ? 1 : 3
    }
    const ranks = { none: 0, wrong: 0, read: 1, build: 2 }
    for (const [name, rank] of Object.entries(ranks)) {
      const scope = name === 'read' || name === 'build' ? name : undefined
      const created = scope && (await server.api.call('createToken', { body: { name: `table-${scope}`, scope } }))
      const token = created?.value ?? (name === 'wrong' ? `tsb_${'x'.repeat(43)}` : undefined)
      const refused: string[] = []
      for (const operation of operations) {
        const answer = await request(operation, token)
        if (answer.status === (rank === 0 ? 401 : 403)) refused.push(operation)
        if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      }
      expect([name, refused]).toEqual([name, operations.filter((one) => needed(one) > rank)])
    }
    expect(operations.length).toBeGreaterThan(25)
  })

  async function request(operation: string, token: string | undefined): Promise<Response> {
    const [method = '', path = ''] = operation.split(' ')
    const concrete = path.replace('{project}', 'missing').replaceAll(/\{\w+\}/g, '987')
    const stop = new AbortController()
    const answer = await fetch(`${server.url}/api/v1${concrete}`, {
      method: method.toUpperCase(),
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      ...(['post', 'put'].includes(method) && { body: '{}' }),
      signal: stop.signal,
    })
    stop.abort() // streams do not end
    return answer
  }

  test('treats paths with a NUL or invalid UTF-8 as bad requests, and unknown ones as not found', async () => {
    const answerTo = async (path: string, method = 'GET') => {
      const answer = await fetch(server.url + path, { method, headers: { authorization: `Bearer ${server.token}` } })
      return [path, answer.status, await codeOf(answer)]
    }
    const wrong = [
      '/api/v1/projects/%00',
      '/api/v1/builds/1/steps/%00/log',
      '/hooks/%00',
      '/%',
      '/%c0%ae%c0%ae/x.js',
      '/?x=%ff',
    ]
    for (const path of wrong) expect(await answerTo(path)).toEqual([path, 400, 'SERVER_BAD_REQUEST'])
    const unknown = '/hooks/app'
    expect(await answerTo(unknown, 'PUT')).toEqual([unknown, 404, 'SERVER_NOT_FOUND'])
  })

  test('logs no secret that is part of an address', async () => {
    expect((await post('/hooks/docker-hub/a-secret-in-the-address', {}, '{}')).status).toBe(202)
    await expect.poll(() => server.output()).toContain('/hooks/docker-hub/***')
    expect(server.output()).not.toContain('a-secret-in-the-address')
  })

  test('accepts no cross-site request with the cookie', async () => {
    const login = await post(
      '/api/v1/session',
      { 'content-type': 'application/json' },
      JSON.stringify({ token: server.token }),
    )
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    expect(login.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/)
    const headers = { cookie, 'content-type': 'application/json' }
    expect((await post('/api/v1/projects/app/builds', headers, '{}')).status).toBe(201)
    const proxied = { ...headers, origin: 'http://builds.example.com', 'sec-fetch-site': 'same-origin' }
    expect((await post('/api/v1/projects/app/builds', proxied, '{}')).status).toBe(201) // with the Host of the proxy
    for (const foreign of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
      { origin: 'http://builds.example.com', 'sec-fetch-site': 'cross-site' },
    ]) {
      const answer = await post('/api/v1/projects/app/builds', { ...headers, ...foreign }, '{}')
      expect([answer.status, await codeOf(answer)]).toEqual([403, 'SERVER_FORBIDDEN'])
    }
    expect((await post('/api/v1/projects/app/builds', { cookie, 'content-type': 'text/plain' }, '{}')).status).toBe(400)
  })

  test('ends streams when their token is revoked', async () => {
    const body = { name: 'viewer', scope: 'read' } as const
    const { token, value } = await server.api.call('createToken', { body })
    const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
    const headers = { authorization: `Bearer ${value}` }
    const streams = await Promise.all(
      [`/api/v1/builds/${id}/events`, '/api/v1/events'].map((path) => fetch(server.url + path, { headers })),
    )
    expect(streams.map(({ status }) => status)).toEqual([200, 200])
    await server.api.call('deleteToken', { path: { token: token.id } })
    await Promise.all(streams.map((stream) => stream.text())) // to its end
  })

  test('sends a strict content security policy, and explains invalid input', async () => {
    const answer = await fetch(`${server.url}/api/v1/openapi.json`)
    expect(answer.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self'/,
    )
    const wrong = [
      { name: 'Bad Name', settings: { repository: { url: 'https://x/y' } } },
      { name: 'a', settings: { repository: { url: 'ext::sh -c touch% /tmp/x' } } },
      { name: 'a', settings: { repository: { url: 'https://user:password@x/y' } } },
      { name: 'a', settings: { repository: { url: 'ssh://-oProxyCommand=x/y' } } },
      { name: 'a', settings: { repository: { url: 'https://x/y' }, tags: ['type=nonsense'] } },
      { name: 'a', settings: { repository: { url: 'https://x/y' }, unknown: 1 } },
      { name: 'a', settings: { repository: { url: 'https://x/y' }, build: { context: 'a\0b' } } },
      { name: 'a', settings: { repository: { url: 'https://x/y' }, build: { args: { 'A\0': 'x' } } } },
      { name: 'a', settings: { repository: { url: 'https://x/y' }, build: { args: { 'A=B': 'x' } } } },
      {
        name: 'a',
        settings: {
          repository: { url: 'https://x/y' },
          triggers: { schedules: [{ name: 's', cron: 'never', ref: 'main' }] },
        },
      },
    ]
    for (const body of wrong) {
      await expect(server.api.call('createProject', { body })).rejects.toThrow(/^Cannot (?!answer)/)
    }
    expect((await server.api.call('listProjects')).projects.map(({ name }) => name)).toEqual(['app'])
  })

  test('is available to others while a client holds thousands of idle connections', async () => {
    const { port } = new URL(server.url)
    const idle = Array.from({ length: 5000 }, () => connect(Number(port), '127.0.0.1').on('error', () => undefined))
    try {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      for (let index = 0; index < 5; index += 1) {
        const asked = get(`${server.url}/readyz`, { agent: false }) // on a separate connection
        const [answer] = await once(asked, 'response')
        expect(answer.resume().statusCode).toBe(200)
      }
    } finally {
      for (const socket of idle) socket.destroy()
    }
  })
})
