import { readFileSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importBusyboxInto } from '../../server/support/busybox-base.ts'
import { createRepository } from '../../server/support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer } from '../../server/support/start-test-server.ts'

const directory = serverDirectory()
let server: TestServer
let local: Server
let reached = 0

beforeAll(async () => {
  importBusyboxInto(join(directory, 'store'), directory)
  server = await startTestServer(directory, {
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_LOG_LEVEL: 'debug',
  })
  local = createServer((_, response) => {
    reached += 1
    response.end('a service of this machine')
  })
  await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve))
})
afterAll(() => local?.close())

let count = 0
/** The outcome of a hostile repository's build, and everything it wrote. */
async function attempt(
  files: Readonly<Record<string, string>>,
  more: { build?: object; links?: Record<string, string> } = {},
) {
  count += 1
  const name = `hostile-${count}`
  const repository = createRepository(directory, name)
  const commit = repository.commit(files)
  if (more.links !== undefined) {
    for (const [path, target] of Object.entries(more.links)) symlinkSync(target, join(directory, `${name}-copy`, path))
    repository.commit({})
  }
  expect(commit).toMatch(/^[0-9a-f]{40}$/)
  const settings = { repository: { url: repository.url }, ...(more.build && { build: more.build }) }
  await server.api.call('createProject', { body: { name, settings } })
  const { id } = await server.api.call('triggerBuild', { path: { project: name }, body: {} })
  const build = await server.ended(id)
  const log = await (await server.api.call('downloadLog', { path: { build: id } })).text()
  return { build, log }
}

const port = (): number => (local.address() as { port: number }).port

describe('a repository with a hostile Dockerfile', () => {
  test('finds nothing of the server in files, environment and processes', async () => {
    const key = readFileSync(join(directory, 'key'), 'utf8').trim()
    const script = [
      `cat ${directory}/key ${directory}/admin-token /proc/1/root${directory}/key /proc/self/cwd/../key 2>&1`,
      'cat /proc/*/environ 2>/dev/null; env',
      'cat /proc/*/cmdline 2>/dev/null',
      `ls ${directory}/database/run 2>&1`,
    ].join('; ')
    const { build, log } = await attempt({ Dockerfile: `FROM busybox\nRUN ${script}; true\n` })
    expect(build.state).toBe('succeeded')
    expect(log).not.toContain(key)
    expect(log).not.toContain(server.token)
    expect(log).not.toMatch(/TSBUILD_SERVER|postgresql-|__build-job|\.s\.PGSQL/)
  })

  test.each([
    ['by address', () => `http://127.0.0.1:${port()}/x`],
    ['by name', () => `http://localhost:${port()}/x`],
    ['by the wildcard address', () => `http://0.0.0.0:${port()}/x`],
    ['by IPv6 that maps IPv4', () => `http://[::ffff:127.0.0.1]:${port()}/x`],
    ['as a number', () => `http://2130706433:${port()}/x`],
  ])('does not fetch from services of this machine with ADD, %s', async (_, url) => {
    const { build } = await attempt({ Dockerfile: `FROM busybox\nADD ${url()} /x\n` })
    expect(build.state).toBe('failed')
    expect(build.attempt).toBe(1)
    expect(reached).toBe(0)
  })

  test('does not fetch from the metadata service with ADD or FROM', async () => {
    const added = await attempt({ Dockerfile: 'FROM busybox\nADD http://169.254.169.254/latest/meta-data/ /x\n' })
    expect(added.build.failure?.message).toMatch(/may not reach this machine or its metadata service/)
    const based = await attempt({ Dockerfile: 'FROM 169.254.169.254/a/b:c\n' })
    expect(based.build.state).toBe('failed')
  })

  test('does not reach services of this machine from RUN', async () => {
    const { build, log } = await attempt({
      Dockerfile: `FROM busybox\nRUN timeout 5 wget -qO- http://127.0.0.1:${port()}/ ; timeout 5 wget -qO- http://10.0.2.2:${port()}/ ; true\n`,
    })
    expect(build.state).toBe('succeeded')
    expect(log).not.toContain('a service of this machine')
    expect(reached).toBe(0)
  })

  test('cannot use the network of the host', async () => {
    const { build } = await attempt({
      Dockerfile: `FROM busybox\nRUN --network=host wget -qO- http://127.0.0.1:${port()}/\n`,
    })
    expect(build.state).toBe('failed')
    expect(reached).toBe(0)
  })

  test('cannot exceed the process limit of the project', async () => {
    const { build, log } = await attempt(
      { Dockerfile: 'FROM busybox\nRUN for i in $(seq 100); do sleep 20 & done; wait\n' },
      { build: { limits: { pids: 30 } } },
    )
    expect(build.state).toBe('failed')
    expect(log).toMatch(/can't fork/)
  })

  test('cannot use a context or Dockerfile outside of the repository, by path or through a link', async () => {
    const outside = attempt({ Dockerfile: 'FROM busybox\n' }, { build: { context: '../..' } })
    await expect(outside).rejects.toThrow(/outside of the repository/)
    const linked = await attempt(
      { a: 'b' },
      { build: { dockerfile: 'Dockerfile' }, links: { Dockerfile: join(directory, 'key') } },
    )
    expect(linked.build.failure?.message).toMatch(/not found in the repository/)
    const copied = await attempt(
      { Dockerfile: 'FROM busybox\nCOPY link /link\nRUN cat /link\n' },
      { links: { link: join(directory, 'key') } },
    )
    expect(copied.log).not.toContain(readFileSync(join(directory, 'key'), 'utf8').trim())
    expect(copied.build.state).toBe('failed')
  })

  test('cannot use secrets of another project', async () => {
    await server.api.call('putSecret', {
      path: { project: 'hostile-1', secret: 'other' },
      body: { value: 'of another project' },
    })
    const { build, log } = await attempt({
      Dockerfile: 'FROM busybox\nRUN --mount=type=secret,id=other cat /run/secrets/other; ls /run; true\n',
    })
    expect(log).not.toContain('of another project')
    expect(build.state).toBe('succeeded')
    const named = await attempt({ Dockerfile: 'FROM busybox\n' }, { build: { secrets: ['other'] } })
    expect(named.build.failure?.message).toMatch(/Cannot use secret "other"/)
  })
})
