import { beforeAll, describe, expect, test } from 'vitest'
import { exchange } from '../../server/support/open-connection.ts'
import { serverDirectory, startTestServer, type TestServer } from '../../server/support/start-test-server.ts'

const directory = serverDirectory()
let server: TestServer
let build = 0

beforeAll(async () => {
  server = await startTestServer(directory, { TSBUILD_SERVER_WORKER_SLOTS: '0' })
  await server.api.call('createProject', {
    body: { name: 'app', settings: { repository: { url: 'https://git.example.com/x' } } },
  })
  build = (await server.api.call('triggerBuild', { path: { project: 'app' }, body: { ref: 'main' } })).id
})

const ask = async (method: string, path: string, body?: string) => {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${server.url}/api/v1${path}`, { method, headers, ...(body !== undefined && { body }) })
  const text = await answer.text()
  return { status: answer.status, code: /"code":"(\w+)"/.exec(text)?.[1], text }
}

describe('the API', () => {
  test.each([
    '1e300',
    '1e16',
    '9007199254740993',
    '-1',
    '0',
    '1.5',
    'NaN',
    'Infinity',
    '0x10',
    '',
    ' ',
    'a',
    '1;drop',
    '٣',
  ])('answers a page before %j with builds or as a bad request', async (number) => {
    const query = encodeURIComponent(number)
    for (const path of [
      `/builds?before=${query}`,
      `/builds?limit=${query}`,
      `/projects/app/deliveries?before=${query}`,
      `/builds/${build}/steps/x/log?offset=${query}`,
      `/builds/${build}/steps/x/log?line=${query}&limit=${query}`,
    ]) {
      expect([path, (await ask('GET', path)).status]).toEqual([
        path,
        expect.toSatisfy((n) => [200, 400, 404].includes(n)),
      ])
    }
  })

  test.each(['0', '-1', '1e3', '99999999999999999999', '1/..', '%2e%2e', '1%00', 'x'.repeat(500), '١'])(
    'finds no build %s',
    async (id) => {
      for (const path of [
        `/builds/${id}`,
        `/builds/${id}/steps`,
        `/builds/${id}/image`,
        `/builds/${id}/log`,
        `/tokens/${id}`,
      ]) {
        const { status } = await ask(path.startsWith('/tokens') ? 'DELETE' : 'GET', path)
        expect([path, status]).toEqual([path, expect.toSatisfy((n) => [400, 404].includes(n))])
      }
    },
  )

  test.each([
    ...['', ' ', ' 5', '0x10', '1e3', '-0', '5.0', '99999999999999999999'].map((number) => ['offset', number]),
    ['line', '+1'],
    ['limit', '1e3'],
    ['offest', '5'],
    ['offset', '1&line=1'],
  ])('refuses the parameter %s=%s of a log', async (name, value) => {
    const path = `/builds/${build}/steps/x/log?${name}=${value}`
    expect(await ask('GET', path)).toMatchObject({ status: 400, code: 'SERVER_BAD_REQUEST' })
  })

  test('describes numbers of queries as such', async () => {
    const { paths } = JSON.parse((await ask('GET', '/openapi.json')).text)
    const { parameters } = paths['/builds/{build}/steps/{step}/log'].get
    const offset = parameters.find(({ name }: { readonly name: string }) => name === 'offset')
    expect(offset.schema).toEqual({ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
  })

  test('refuses parameters that an operation does not have', async () => {
    for (const path of [`/builds/${build}/log?offset=5`, '/builds?page=2', '/projects?limit=1', '/events?build=1'])
      expect(await ask('GET', path)).toMatchObject({ status: 400, code: 'SERVER_BAD_REQUEST' })
  })

  test('refuses parameters that are given twice', async () => {
    for (const path of ['/builds?limit=5&limit=6', `/builds/${build}/events?after=1&after=2`])
      expect(await ask('GET', path)).toMatchObject({ status: 400, code: 'SERVER_BAD_REQUEST' })
  })

  test('resumes a stream after the number of a missing event without an error', async () => {
    for (const after of ['2147483648', '9007199254740991', '-5', '1e300', 'x', '99999999999999999999999']) {
      const request = `GET /api/v1/builds/${build}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n`
      const answer = await exchange(server.url, `${request}Last-Event-ID: ${after}\r\n\r\n`, 'event: build')
      expect(answer).toContain('event: build')
      expect((await fetch(`${server.url}/api/v1/builds/${build}/events?after=${after}`)).status).toBe(401)
    }
    expect(server.output()).not.toMatch(/"level":50/)
  })

  test('refuses texts that the database cannot store, in all places', async () => {
    for (const text of ['a\\u0000b', '\\ud800', 'x\\udfff']) {
      for (const [method, path, body] of [
        ['POST', '/projects', `{"name": "p", "settings": {"repository": {"url": "https://x/${text}"}}}`],
        [
          'POST',
          '/projects',
          `{"name": "p", "settings": {"repository": {"url": "https://x/y"}, "build": {"args": {"A": "${text}"}}}}`,
        ],
        [
          'POST',
          '/projects',
          `{"name": "p", "settings": {"repository": {"url": "https://x/y"}, "build": {"labels": {"${text}": ""}}}}`,
        ],
        ['PUT', '/projects/app/secrets/s', `{"value": "${text}"}`],
        ['POST', '/projects/app/builds', `{"ref": "${text}"}`],
        ['POST', '/tokens', `{"name": "${text}", "scope": "read"}`],
        ['POST', '/session', `{"token": "${text}"}`],
      ] as const) {
        expect([body, (await ask(method, path, body)).code]).toEqual([body, 'SERVER_BAD_REQUEST'])
      }
    }
    expect((await server.api.call('listProjects')).projects.length).toBe(1)
  })

  test('refuses bodies of the wrong shape, too deep ones, and other content types', async () => {
    const deep = `${'{"settings":'.repeat(20_000)}1${'}'.repeat(20_000)}`
    for (const body of [
      '',
      'null',
      '[]',
      '"x"',
      '1',
      '{"name":',
      '{"name": "a", "name": 7}',
      deep,
      `{"x": "${'y'.repeat(900_000)}"}`,
    ]) {
      const { status, code } = await ask('POST', '/projects', body)
      expect([body.slice(0, 20), status, code]).toEqual([body.slice(0, 20), 400, 'SERVER_BAD_REQUEST'])
    }
    const polluted = '{"__proto__": {"scope": "admin"}, "constructor": {"prototype": {"x": 1}}, "name": "t"}'
    expect((await ask('POST', '/tokens', polluted)).status).toBe(400)
  })

  test('restricts a token to its scope, and refuses revoked and expired tokens', async () => {
    const { token, value } = await server.api.call('createToken', { body: { name: 'short', scope: 'build' } })
    const as = (proof: string, method: string, path: string) =>
      fetch(`${server.url}/api/v1${path}`, { method, headers: { authorization: proof } }).then(({ status }) => status)
    const session = await fetch(`${server.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: value }),
    })
    const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? ''
    const byCookie = () => fetch(`${server.url}/api/v1/builds`, { headers: { cookie } }).then(({ status }) => status)
    expect([await as(`Bearer ${value}`, 'GET', '/builds'), await byCookie()]).toEqual([200, 200])
    // SPEC: RFC 9110, section 11.4: a scheme in any case, and one space or more
    for (const scheme of ['bearer', 'BEARER', 'Bearer ']) {
      expect(await as(`${scheme} ${value}`, 'GET', '/builds')).toBe(200)
    }
    for (const proof of [value, `Bearer ${value}x`, `Basic ${btoa(`x:${value}`)}`, 'Bearer ']) {
      expect([proof, await as(proof, 'GET', '/builds')]).toEqual([proof, 401])
    }
    for (const [method, path] of [
      ['POST', '/projects/app/webhook-secret'],
      ['DELETE', '/projects/app/secrets/x'],
      ['POST', '/tokens'],
      ['DELETE', `/tokens/${token.id}`],
    ] as const) {
      expect([path, await as(`Bearer ${value}`, method, path)]).toEqual([path, 403])
    }
    await server.api.call('deleteToken', { path: { token: token.id } })
    expect([await as(`Bearer ${value}`, 'GET', '/builds'), await byCookie()]).toEqual([401, 401])
  })

  test('treats builds of pull request refs as those of forks: without secrets, also when they are retried', async () => {
    for (const ref of ['refs/pull/7/head', 'refs/merge-requests/1/head', 'refs/notes/x', 'refs/Heads/main']) {
      const { id, trigger } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: { ref } })
      expect([ref, trigger.fork]).toEqual([ref, true])
      expect((await server.api.call('retryBuild', { path: { build: id } })).trigger.fork).toBe(true)
    }
    for (const ref of ['main', 'refs/tags/v1', 'HEAD']) {
      expect((await server.api.call('triggerBuild', { path: { project: 'app' }, body: { ref } })).trigger.fork).toBe(
        undefined,
      )
    }
    for (const ref of ['-x', '../x', 'a b', 'x.lock', 'x@{1}', 'a//b', 'a\u007fb', 'refs/']) {
      const answer = await ask('POST', '/projects/app/builds', JSON.stringify({ ref }))
      expect([ref, ref === '-x' ? 201 : 400]).toEqual([ref, answer.status])
    }
  })

  test('limits the number of metric series, whatever is requested', async () => {
    const series = async () => (await (await fetch(`${server.url}/metrics`)).text()).split('\n').length
    for (const path of ['/api/v1/builds', '/api/v1/x', '/x', '/hooks/x']) await fetch(server.url + path)
    const before = await series()
    for (let index = 0; index < 50; index += 1) {
      for (const path of [
        `/api/v1/x${index}`,
        `/x${index}`,
        `/hooks/x${index}`,
        `/assets/${index}`,
        `/api/${index}/y`,
      ]) {
        await fetch(server.url + path)
      }
    }
    expect((await series()) - before).toBeLessThan(60)
  })
})
