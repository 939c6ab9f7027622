import { beforeAll, describe, expect, test } from 'vitest'
import type { Build } from '../../server/index.ts'
import { createRepository } from './support/git-repository.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, type TestServer } from './support/start-test-server.ts'

const directory = serverDirectory()
let server: TestServer

beforeAll(async () => {
  server = await startBusyboxServer(directory, { TSBUILD_SERVER_BUILD_MAX_DISK_BYTES: String(40 << 20) })
})

async function start(name: string, dockerfile: string): Promise<number> {
  const repository = createRepository(directory, name)
  repository.commit({ Dockerfile: dockerfile })
  const settings = { repository: { url: repository.url } }
  await server.api.call('createProject', { body: { name, settings } })
  return (await server.api.call('triggerBuild', { path: { project: name }, body: {} })).id
}

async function build(name: string, dockerfile: string): Promise<Build> {
  return server.ended(await start(name, dockerfile))
}

describe('the disk quota', () => {
  const FILL = 'i=0; while [ $i -lt 900 ]; do seq 1 150000 > /big-$i; i=$((i+1)); done'
  const TRICKS: readonly (readonly [string, string])[] = [
    ['a step', FILL],
    ['a cache mount', `--mount=type=cache,target=/cache cd /cache; ${FILL.replace('/big', 'big')}`],
  ]

  test.each(TRICKS)('ends a build that fills %s, and no other build', async (name, command) => {
    const other = await start(
      `other-${name.replaceAll(' ', '-')}`,
      `FROM busybox\nRUN : ${name}; sleep 1; echo fine > /a\n`,
    )
    const filled = await build(`filling-${name.replaceAll(' ', '-')}`, `FROM busybox\nRUN ${command}\n`)
    expect(filled).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'SERVER_DISK_QUOTA' } })
    expect(filled.failure?.message).toContain('it wrote more than 42 MB to the disk')
    expect(await server.ended(other)).toMatchObject({ state: 'succeeded' })
  })

  test('includes layers of earlier steps and copied files', async () => {
    const some = 'i=0; while [ $i -lt 15 ]; do seq 1 150000 > /some-$i; i=$((i+1)); done; sleep 0.5'
    const steps = ['FROM busybox', `RUN : 1; ${some}`, `RUN : 2; ${some}`, `RUN : 3; ${some}`, 'RUN sleep 20']
    expect(await build('many', `${steps.join('\n')}\n`)).toMatchObject({ failure: { code: 'SERVER_DISK_QUOTA' } })
  })
})
