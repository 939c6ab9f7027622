import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../end-to-end/bases.ts'
import { createTsbuildOf } from '../end-to-end/tsbuild.ts'
import { createRepository } from '../server/support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer } from '../server/support/start-test-server.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { removeGroups } from './remove-groups.ts'

const TOP = '/sys/fs/cgroup'
const SLICE = join(TOP, 'units')
const SERVICE = join(SLICE, 'tsbuild-server.service')
const FILES = ['', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads']

let user: TemporaryUser
let server: TestServer | undefined

beforeAll(() => {
  user = addUser()
})
afterEach(async () => {
  await server?.stop()
  removeGroups(SLICE)
})

/** A server of that user in the group of its service, which belongs to it with Delegate=yes. */
async function startIn({ isDelegated }: { readonly isDelegated: boolean }): Promise<TestServer> {
  mkdirSync(SERVICE, { recursive: true })
  for (const directory of [TOP, SLICE]) writeFileSync(join(directory, 'cgroup.subtree_control'), '+memory +cpu +pids')
  if (isDelegated) for (const file of FILES) chownSync(join(SERVICE, file), user.uid, user.gid)
  const directory = serverDirectory()
  chownSync(directory, user.uid, user.gid)
  const tsbuild = createTsbuildOf(user, { TSBUILD_ROOT: join(directory, 'store') })
  await importBusybox(tsbuild)
  const program = user.command.at(-1) ?? ''
  const enter = 'echo $$ > "$0/cgroup.procs" && exec setpriv --reuid="$1" --regid="$2" --init-groups "$3" serve'
  const env = {
    HOME: user.home,
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_BUILD_NETWORK: 'none',
    TSBUILD_SERVER_BUILD_LIMITS_PIDS: '40',
  }
  return startTestServer(directory, env, ['sh', '-c', enter, SERVICE, String(user.uid), String(user.gid), program])
}

const HOLD = 'i=0; while [ $i -lt 25 ]; do sleep 3 & i=$((i+1)); done; wait'
const ONE = `FROM busybox\nRUN ${HOLD}\n`
const BOTH = `FROM busybox AS a\nRUN : a; ${HOLD}; echo done > /a
FROM busybox AS b\nRUN : b; ${HOLD}; echo done > /b\nFROM busybox\nCOPY --from=a /a /\nCOPY --from=b /b /\n`

async function build({ api, directory, ended }: TestServer, name: string, dockerfile: string) {
  const repository = createRepository(directory, name)
  repository.commit({ Dockerfile: dockerfile })
  execFileSync('chown', ['-R', user.name, repository.directory]) // git refuses repositories of other users
  await api.call('createProject', { body: { name, settings: { repository: { url: repository.url } } } })
  return ended((await api.call('triggerBuild', { path: { project: name }, body: {} })).id, 600_000)
}

test('with a delegated group, limits apply to all concurrent steps together, and the server frees its group', async () => {
  server = await startIn({ isDelegated: true })
  expect(await build(server, 'one', ONE)).toMatchObject({ state: 'succeeded' })
  expect(await build(server, 'both', BOTH)).toMatchObject({ state: 'failed', failure: { code: 'BUILD_RUN_FAILED' } })
  expect(readdirSync(join(SERVICE, 'tsbuild-server')).filter((name) => name.includes('build-'))).toEqual([])
  expect(server.output()).not.toContain('limits apply to each step')
})

test('without a delegated group, the log explains the scope of limits, and a build with limits fails', async () => {
  server = await startIn({ isDelegated: false })
  expect(server.output()).toContain('limits apply to each step of a build separately')
  expect(server.output()).toContain('does not belong to this user (Delegate=yes of systemd)')
  const refused = await build(server, 'one', ONE)
  expect(refused).toMatchObject({ state: 'failed', failure: { code: 'SANDBOX_CGROUP' } })
  expect(refused.failure?.message).toContain('expected a delegated cgroup')
})
