import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { followBuild } from '../../server/index.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { importBusyboxInto } from './support/busybox-base.ts'
import { createRepository, type GitRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

const directory = serverDirectory()
const SECRET = 'correct horse battery staple'
let registry: RunningRegistry
let server: TestServer
let repository: GitRepository

beforeAll(async () => {
  registry = await startRegistry({ users: { robot$ci: 'p$ss' } })
  importBusyboxInto(join(directory, 'store'), directory)
  server = await startTestServer(directory, {
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_REGISTRIES_INSECURE: registry.host,
    TSBUILD_SERVER_PUBLIC_URL: 'https://builds.example.com',
  })
  repository = createRepository(directory, 'app')
  const destination = {
    repository: `${registry.host}/team/app`,
    username: 'robot$ci',
    passwordSecret: 'registry-password',
  }
  const settings = {
    repository: { url: repository.url },
    destinations: [destination],
    build: { secrets: ['npm-token'], timeoutSeconds: 60 },
    tags: ['type=ref,event=branch', 'type=semver,pattern={{version}}', 'type=semver,pattern={{major}}', 'type=sha'],
  }
  const body = { name: 'app', settings, webhookSecret: WEBHOOK_SECRET }
  const { project } = await server.api.call('createProject', { body })
  expect(project.webhookUrl).toBe('https://builds.example.com/hooks/app')
  for (const [secret, value] of [
    ['npm-token', SECRET],
    ['registry-password', 'p$ss'],
  ] as const) {
    await server.api.call('putSecret', { path: { project: 'app', secret }, body: { value } })
  }
})

/** URL of a repository with links that lead outside. */
let outsideUrl = ''
beforeAll(async () => {
  const links = createRepository(directory, 'outside')
  symlinkSync('/etc', join(directory, 'outside-copy/link'))
  symlinkSync('loop', join(directory, 'outside-copy/loop'))
  links.commit({ 'sub/file': 'x' })
  outsideUrl = links.url
  await server.api.call('createProject', { body: { name: 'outside', settings: { repository: { url: outsideUrl } } } })
})

const pushed = async (body: object, more = {}): Promise<number> => {
  const answer = await server.push('app', body, more)
  expect(answer.status).toBe(202)
  return ((await answer.json()) as { builds: number[] }).builds[0] ?? 0
}

describe('from a webhook to an image', () => {
  test('a push is built and pushed, and the page shows each step while it runs', async () => {
    const commit = repository.commit({
      Dockerfile: [
        'FROM busybox AS base',
        'RUN --mount=type=secret,id=npm-token cat /run/secrets/npm-token; echo; base64 /run/secrets/npm-token || true',
        'RUN seq 1 20000; printf "\\033[31mred\\033[0m <script>alert(1)</script>\\n"',
        'COPY data /data',
      ].join('\n'),
      data: 'x'.repeat(5000),
    })
    const id = await pushed({ ref: 'refs/heads/main', commit, message: 'Fix <b>everything</b>\n\nmore' })
    const kinds = new Set<string>()
    let log = ''
    for await (const event of followBuild(server.api, id, AbortSignal.timeout(120_000))) {
      kinds.add(event.kind)
      if (event.kind === 'log') log += event.text
    }
    expect([...kinds].sort()).toEqual(['build', 'log', 'planned', 'step'])
    expect(log).toContain('\n20000\n')
    expect(log).not.toContain(SECRET)
    expect(log).toContain('***')
    const build = await server.ended(id)
    expect(build).toMatchObject({ state: 'succeeded', title: 'Fix <b>everything</b>', commit })
    expect(build.result?.pushed.map(({ reference }) => reference.split('/').slice(1).join('/')).sort()).toEqual([
      'team/app:main',
      `team/app:sha-${commit.slice(0, 7)}`,
    ])
    const digest = spawnSync(
      'skopeo',
      [
        'inspect',
        '--tls-verify=false',
        '--creds',
        'robot$ci:p$ss',
        '--format',
        '{{.Digest}}',
        `docker://${registry.host}/team/app:main`,
      ],
      { encoding: 'utf8' },
    )
    expect(digest.stdout.trim()).toBe(build.result?.digest)
  }, 180_000)

  test('a log can be read by line and by byte, and resumed', async () => {
    const { steps } = await server.api.call('showSteps', { path: { build: 1 } })
    const step = steps.find(({ name }) => name.includes('seq 1'))?.id ?? ''
    const read = (query: object) => server.api.call('readStepLog', { path: { build: 1, step }, query: { ...query } })
    expect(await read({ line: 15_000, limit: 24 })).toMatchObject({
      line: 15_000,
      text: '15001\n15002\n15003\n15004\n',
    })
    let [text, offset] = ['', 0]
    for (;;) {
      const part = await read({ offset, limit: 10_000 })
      text += part.text
      offset = part.nextOffset
      if (part.end) break
    }
    const numbers = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('')
    expect(text).toBe(`${numbers}\u001b[31mred\u001b[0m <script>alert(1)</script>\n`)
    const all = await (await server.api.call('downloadLog', { path: { build: 1 } })).text()
    expect(all).toContain('20000\n')
  })

  test('the image page shows layers, their largest files, history, and the previous image', async () => {
    const commit = repository.commit({ data: 'y'.repeat(9000) })
    const id = await pushed({ ref: 'refs/heads/main', commit })
    await server.ended(id)
    await expect
      .poll(
        async () =>
          (await server.api.call('showImage', { path: { build: id } }).catch(() => undefined))?.images[0]?.layers.at(-1)
            ?.fileCount,
      )
      .toBe(1)
    const { images, before } = await server.api.call('showImage', { path: { build: id } })
    expect(before?.build).toBe(1)
    expect(images[0]?.history.at(-1)?.created_by).toMatch(/^COPY data/)
    const layer = images[0]?.layers.at(-1)
    const { files } = await server.api.call('listLayerFiles', { path: { build: id, diffId: layer?.diffId ?? '' } })
    expect(files).toEqual([expect.objectContaining({ path: '/data', sizeBytes: 9000, kind: 'file' })])
  })

  test('a release tag is pushed with the tags of the rules', async () => {
    const commit = repository.git('rev-parse', 'HEAD').trim()
    repository.git('tag', 'v2.3.4')
    repository.git('push', '--quiet', 'origin', 'v2.3.4')
    const build = await server.ended(await pushed({ ref: 'refs/tags/v2.3.4', commit }))
    const tags = build.result?.pushed.map(({ reference }) => reference.split(':').at(-1))
    expect(tags).toEqual(['2.3.4', '2', `sha-${commit.slice(0, 7)}`, 'latest'])
  })

  test('a failed step is shown with its Dockerfile excerpt, and is not retried', async () => {
    const commit = repository.commit({ Dockerfile: 'FROM busybox\nRUN echo about to fail; exit 7\n' })
    const build = await server.ended(await pushed({ ref: 'refs/heads/main', commit }))
    expect(build).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'BUILD_RUN_FAILED', exitCode: 7 } })
    expect(build.failure?.excerpt).toContain('2 | >>> RUN echo about to fail; exit 7')
    const { steps } = await server.api.call('showSteps', { path: { build: build.id } })
    expect(steps.find(({ id }) => id === build.failure?.step)).toMatchObject({ state: 'failed' })
  })

  test.each(['/etc', 'link', 'loop', 'link/passwd'])(
    'context %j cannot lead out of the repository',
    async (context) => {
      const settings = { repository: { url: outsideUrl }, build: { context } }
      await server.api.call('updateProject', { path: { project: 'outside' }, body: settings })
      const { id } = await server.api.call('triggerBuild', { path: { project: 'outside' }, body: {} })
      const { state, failure } = await server.ended(id)
      expect([state, failure?.message]).toEqual(['failed', `Cannot use path "${context}": not found in the repository`])
    },
  )

  test('a missing Dockerfile is reported with its path in the repository, and without paths of the server', async () => {
    const settings = { repository: { url: outsideUrl }, build: { context: 'sub' } }
    await server.api.call('updateProject', { path: { project: 'outside' }, body: settings })
    const { id } = await server.api.call('triggerBuild', { path: { project: 'outside' }, body: {} })
    const { failure } = await server.ended(id)
    expect(failure).toMatchObject({
      code: 'BUILD_DOCKERFILE_MISSING',
      message: expect.stringContaining('not found in sub'),
    })
    expect(JSON.stringify(failure)).not.toContain(directory)
  })

  test('a Dockerfile with a NUL byte fails with the reason, which the database could not store as it is', async () => {
    repository.commit({ Dockerfile: 'FROM busybox\nRU\0N true\n' })
    const build = await server.ended(await pushed({ ref: 'refs/heads/main' }))
    expect(build).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'BUILD_REFUSED' } })
    expect(build.failure?.message).toBe('Cannot parse "RU\ufffdN": unknown instruction')
  })

  test('a newer push supersedes a running build of the branch, and cancelling takes seconds', async () => {
    const commit = repository.commit({ Dockerfile: 'FROM busybox\nRUN sleep 30123\n' })
    const old = await pushed({ ref: 'refs/heads/main', commit })
    await expect.poll(async () => (await server.api.call('showBuild', { path: { build: old } })).state).toBe('running')
    const id = await pushed({ ref: 'refs/heads/main', commit })
    expect(await server.ended(old, 30_000)).toMatchObject({ state: 'superseded', supersededBy: id })
    await expect.poll(async () => (await server.api.call('showBuild', { path: { build: id } })).state).toBe('running')
    await server.api.call('cancelBuild', { path: { build: id } })
    expect(await server.ended(id, 30_000)).toMatchObject({ state: 'cancelled' })
    await expect.poll(() => spawnSync('pgrep', ['-f', 'sleep 30123']).status).toBe(1)
  })

  test('a build is retried with growing pauses while a registry is unavailable', async () => {
    const commit = repository.commit({ Dockerfile: 'FROM busybox\nLABEL a=b\n' })
    const settings = (await server.api.call('showProject', { path: { project: 'app' } })).settings
    const gone = { ...settings, destinations: [{ repository: '127.0.0.1:9/team/app' }] }
    await server.api.call('updateProject', { path: { project: 'app' }, body: gone })
    const id = await pushed({ ref: 'refs/heads/main', commit })
    await expect
      .poll(() => server.api.call('showBuild', { path: { build: id } }), { timeout: 60_000 })
      .toMatchObject({
        failure: {
          code: expect.stringMatching(/^REGISTRY_UNAVAILABLE|^BUILD_/),
          message: expect.stringContaining('127.0.0.1:9'),
        },
        retryAt: expect.any(String),
      })
    await server.api.call('updateProject', { path: { project: 'app' }, body: settings })
    const build = await server.ended(id)
    expect(build.state).toBe('succeeded')
    expect(build.attempt).toBeGreaterThan(1)
  })

  test('a line longer than one write is shown and downloaded completely', async () => {
    const long = 'i=0; while [ $i -lt 6 ]; do seq -s , 1 4000; i=$((i+1)); sleep 0.3; done | tr -d "\\n"'
    const commit = repository.commit({ Dockerfile: `FROM busybox\nRUN echo before; ${long}; echo; echo after\n` })
    const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: { commit, ref: 'main' } })
    expect(await server.ended(id)).toMatchObject({ state: 'succeeded' })
    const { steps } = await server.api.call('showSteps', { path: { build: id } })
    const step = steps.find(({ name }) => name.includes('RUN'))?.id ?? ''
    const line = Array.from({ length: 6 }, () => Array.from({ length: 4000 }, (_, index) => index + 1).join(',')).join(
      '',
    )
    const part = await server.api.call('readStepLog', { path: { build: id, step }, query: { line: 1, limit: 500_000 } })
    expect(part).toMatchObject({ line: 1, offset: 'before\n'.length, text: `${line}\nafter\n` })
    const all = await (await server.api.call('downloadLog', { path: { build: id } })).text()
    const ofStep = all.split('\n').flatMap((text) => /^#3 (.*)/.exec(text)?.[1] ?? [])
    expect(ofStep.slice(1)).toEqual(['before', line, 'after', 'DONE'])
  })

  test('secrets are in no log, response, database dump or build file', async () => {
    const dump = spawnSync('grep', ['-rlaF', SECRET, join(directory, 'database'), join(directory, 'work')], {
      encoding: 'utf8',
    })
    expect(dump.stdout).toBe('')
    expect(server.output()).not.toContain(SECRET)
    const project = await server.api.call('showProject', { path: { project: 'app' } })
    expect(JSON.stringify(project)).not.toContain(SECRET)
    expect(project.secretNames).toEqual(['npm-token', 'registry-password'])
    const tokens = spawnSync('grep', ['-rlaF', server.token, join(directory, 'database')], { encoding: 'utf8' })
    expect(tokens.stdout).toBe('')
  })
})
