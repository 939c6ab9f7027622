import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Build } from '../../server/index.ts'
import { createRepository } from './support/git-repository.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, type TestServer } from './support/start-test-server.ts'

const directory = serverDirectory()
let server: TestServer

beforeAll(async () => {
  server = await startBusyboxServer(directory)
})

async function start(name: string, dockerfile: string, limits?: object): Promise<number> {
  const repository = createRepository(directory, name)
  repository.commit({ Dockerfile: dockerfile })
  const settings = { repository: { url: repository.url }, build: { ...(limits && { limits }) } }
  await server.api.call('createProject', { body: { name, settings } })
  return (await server.api.call('triggerBuild', { path: { project: name }, body: {} })).id
}

async function build(name: string, dockerfile: string, limits?: object): Promise<Build> {
  return server.ended(await start(name, dockerfile, limits))
}

/** Control groups that the server has not removed. */
function groupsLeft(): readonly string[] {
  const tops = ['.', ...readdirSync('/sys/fs/cgroup')].map((top) => join('/sys/fs/cgroup', top, 'tsbuild-server'))
  return tops.flatMap((top) =>
    existsSync(top) ? readdirSync(top).filter((name) => name.startsWith(`${server.pid}-`)) : [],
  )
}

describe.skipIf(process.getuid?.() !== 0)('limits of a project', () => {
  const HOLD = 'i=0; while [ $i -lt 25 ]; do sleep 3 & i=$((i+1)); done; wait'

  test('apply to all concurrent steps together', async () => {
    const stages = (hold: string) => `FROM busybox AS a\nRUN : a; ${hold}; echo done > /a
FROM busybox AS b\nRUN : b; ${hold}; echo done > /b\nFROM busybox\nCOPY --from=a /a /\nCOPY --from=b /b /\n`
    expect(await build('one', `FROM busybox\nRUN ${HOLD}\n`, { pids: 40 })).toMatchObject({ state: 'succeeded' })
    const both = await build('both', stages(HOLD), { pids: 40 })
    expect(both).toMatchObject({ state: 'failed', failure: { code: 'BUILD_RUN_FAILED' } })
    const log = await (await server.api.call('downloadLog', { path: { build: both.id } })).text()
    expect(log).toMatch(/can't fork|Resource temporarily unavailable/)
    await expect.poll(groupsLeft).toEqual([])
  })

  test('end a step that exceeds the memory limit of the build', async () => {
    const greedy = await build('greedy', 'FROM busybox\nRUN cat /dev/zero | grep x\n', { memoryBytes: 16 << 20 })
    expect(greedy.failure?.message).toMatch(/ran out of memory/)
    await expect.poll(groupsLeft).toEqual([])
  })
})
