import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type Bucket, startBucket } from '../support/start-bucket.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { importBusyboxInto } from './support/busybox-base.ts'
import { type RunningPostgres, startDebianPostgres } from './support/debian-postgres.ts'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'
import { startTestWorker, type TestWorker, workerSettings } from './support/start-test-worker.ts'

/** Two workers with separate stores: one uses what the other built, through the cache of the project. */

const directory = serverDirectory()
const USER = { builder: 'a password of the registry' }
let postgres: RunningPostgres
let registry: RunningRegistry
let bucket: Bucket
let server: TestServer

const environment = (name: string): NodeJS.ProcessEnv => ({
  ...workerSettings(postgres, directory, name),
  TSBUILD_SERVER_STORE_DIRECTORY: join(directory, `${name}-store`),
})

beforeAll(async () => {
  postgres = await startDebianPostgres()
  registry = await startRegistry({ users: USER })
  bucket = await startBucket()
  mkdirSync(join(directory, 'server'))
  importBusyboxInto(join(directory, 'one-store'), directory)
  spawnSync('cp', ['-a', join(directory, 'one-store'), join(directory, 'two-store')])
  server = await startTestServer(join(directory, 'server'), {
    ...environment('server'),
    TSBUILD_SERVER_WORKER_SLOTS: '0',
  })
})

async function addProject(name: string, cache: object, secrets: Readonly<Record<string, string>>): Promise<void> {
  const repository = createRepository(directory, name)
  const Dockerfile = `FROM busybox AS build
COPY a.txt /a.txt
RUN cat /a.txt /proc/sys/kernel/random/uuid > /unique
FROM busybox
COPY --from=build /unique /a.txt /w/
RUN --mount=type=cache,id=${name},target=/m cat /m/from-build-1; echo filled > /m/from-build-1
ARG N=0
RUN --mount=type=cache,id=${name},target=/m cat /m/from-build-1; echo $N
`
  repository.commit({ Dockerfile, 'a.txt': `${name}\n` })
  const settings = { repository: { url: repository.url }, cache: [cache] as never }
  await server.api.call('createProject', { body: { name, settings, webhookSecret: WEBHOOK_SECRET } })
  for (const [secret, value] of Object.entries(secrets))
    await server.api.call('putSecret', { path: { project: name, secret }, body: { value } })
}

async function buildOn(worker: string, project: string) {
  const started: TestWorker = await startTestWorker(environment(worker))
  try {
    const { id } = await server.api.call('triggerBuild', { path: { project }, body: {} })
    const build = await server.ended(id)
    const { steps } = await server.api.call('showSteps', { path: { build: id } })
    return { build, id, steps }
  } finally {
    await started.stop('SIGTERM')
  }
}

test.each([
  [
    'registry',
    () => ({ type: 'registry', ref: `${registry.host}/app-cache`, username: 'builder', passwordSecret: 'cache-login' }),
    { 'cache-login': USER.builder },
  ],
  [
    'bucket',
    () => ({
      ...{ type: 's3', bucket: 'builds', region: 'us-east-1', endpointUrl: bucket.url },
      ...{ usePathStyle: true, accessKeyIdSecret: 'key-id', secretAccessKeySecret: 'key' },
    }),
    { 'key-id': 'S3RVER', key: 'S3RVER' },
  ],
])(
  'a %s carries layers and cache mounts to another worker',
  async (name, cache, secrets) => {
    await addProject(name, { ...cache(), mounts: true }, secrets)
    const first = await buildOn('one', name)
    expect(first.build).toMatchObject({ state: 'succeeded', result: { cachedCount: 0, warnings: [] } })
    const second = await buildOn('two', name)
    expect(second.build).toMatchObject({ state: 'succeeded', result: { imageId: first.build.result?.imageId } })
    const ran = second.steps.filter(({ name: step, state }) => /RUN|COPY/.test(step) && state !== 'cached')
    expect(ran).toEqual([])

    const { settings } = await server.api.call('showProject', { path: { project: name } })
    const changed = { ...settings, build: { ...settings.build, args: { N: '1' } } }
    await server.api.call('updateProject', { path: { project: name }, body: changed })
    const third = await buildOn('two', name)
    const last = third.steps.findLast(({ name: step }) => step.includes('RUN'))
    const { text } = await server.api.call('readStepLog', { path: { build: third.id, step: last?.id ?? '' } })
    expect(text).toBe('filled\n1\n')
  },
  180_000,
)

test('a cache that cannot be read or written does not fail the build', async () => {
  await addProject('denied', { type: 'registry', ref: `${registry.host}/denied:main` }, {})
  const { build, steps } = await buildOn('one', 'denied')
  expect(build).toMatchObject({ state: 'succeeded' })
  const exporting = steps.find(({ name }) => name === 'exporting cache to registry')
  expect(exporting?.failure?.message).toContain('unauthorized')
})

test('a cache with an invalid name is refused', async () => {
  const body = {
    name: 'bad',
    settings: { repository: { url: `file://${directory}/bucket` }, cache: [{ type: 'registry', ref: 'A B' }] },
  }
  await expect(server.api.call('createProject', { body: body as never })).rejects.toThrow(/name of a repository/)
})
