import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ApiClient, createApiClient } from '../../server/index.ts'
import { importBusybox } from '../end-to-end/bases.ts'
import { createTsbuildOf } from '../end-to-end/tsbuild.ts'
import { createRepository } from '../server/support/git-repository.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { type SystemdMachine, startSystemd } from './systemd-machine.ts'

const UNIT = resolve(import.meta.dirname, '../../examples/server/tsbuild-server.service')
const STATE = '/var/lib/tsbuild-server'
const ADDRESS = '127.0.0.1:18473'
const PATIENCE = { timeout: 240_000, interval: 500 }

let machine: SystemdMachine
let user: TemporaryUser
/** Outside of the temporary directory, because the unit has a private one. */
let directory: string
let api: ApiClient

const systemctl = (...words: readonly string[]) => machine.root('systemctl', ...words).trim()
const property = (name: string) => systemctl('show', '--value', '--property', name, 'tsbuild-server')
const isReady = () =>
  fetch(`http://${ADDRESS}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )

beforeAll(async () => {
  machine = await startSystemd()
  user = addUser()
  directory = mkdtempSync('/var/lib/tsbuild-unit-')
  chmodSync(directory, 0o755)
  cpSync(dirname(dirname(user.command.at(-1) ?? '')), join(directory, 'program'), { recursive: true })
  mkdirSync(STATE)
  chownSync(STATE, user.uid, user.gid)
  await importBusybox(createTsbuildOf(user, { TSBUILD_ROOT: join(STATE, 'store') }))
  installUnit()
  systemctl('start', 'tsbuild-server')
  await vi.waitUntil(isReady, PATIENCE)
  const token = readFileSync(join(STATE, 'admin-token'), 'utf8').trim()
  api = createApiClient({ url: `http://${ADDRESS}`, token })
}, 600_000)

afterAll(async () => {
  await machine.stop()
  await user.remove()
  for (const each of [directory, STATE]) rmSync(each, { recursive: true })
})

/** The unit of examples/server, with the additions of an administrator to run it as another user. */
function installUnit(): void {
  const dropIn = `[Service]
User=${user.name}
ExecStart=
ExecStart=${directory}/program/bin/tsbuild serve
Environment=TSBUILD_SERVER_LISTEN=${ADDRESS} TSBUILD_SERVER_GIT_LOCAL_ROOTS=${directory}
Environment=TSBUILD_SERVER_BUILD_NETWORK=none TSBUILD_SERVER_BUILD_LIMITS_PIDS=40
Environment=TSBUILD_SERVER_WORKER_DRAIN_SECONDS=80
`
  const install = `cp "$0" /etc/systemd/system/ && mkdir /etc/systemd/system/tsbuild-server.service.d &&
printf '%s' "$1" > /etc/systemd/system/tsbuild-server.service.d/user.conf`
  machine.root('sh', '-c', install, UNIT, dropIn)
  systemctl('daemon-reload')
}

async function trigger(name: string, dockerfile: string): Promise<number> {
  const repository = createRepository(directory, name)
  repository.commit({ Dockerfile: dockerfile })
  execFileSync('chown', ['-R', user.name, repository.directory]) // git refuses repositories of other users
  await api.call('createProject', { body: { name, settings: { repository: { url: repository.url } } } })
  return (await api.call('triggerBuild', { path: { project: name }, body: {} })).id
}

const stateOf = async (build: number) => (await api.call('showBuild', { path: { build } })).state

test('with User= it runs rootless, and a build succeeds with limits for all its steps', async () => {
  expect(readFileSync(`/proc/${hostPid()}/status`, 'utf8')).toContain(`\nUid:\t${user.uid}\t`)
  const build = await trigger('limited', 'FROM busybox\nRUN chown 7:8 /etc/passwd && cat /proc/self/cgroup\n')
  await expect.poll(() => stateOf(build), PATIENCE).toBe('succeeded')
})

test('systemctl restart lets a running build finish', async () => {
  const build = await trigger('restarted', 'FROM busybox\nRUN sleep 10 && echo end\n')
  await expect.poll(() => stateOf(build), PATIENCE).toBe('running')
  systemctl('restart', 'tsbuild-server')
  await expect.poll(isReady, PATIENCE).toBe(true)
  expect(await api.call('showBuild', { path: { build } })).toMatchObject({ state: 'succeeded', attempt: 1 })
})

test('systemd restarts a server that was killed during a build, and the build continues', async () => {
  const build = await trigger('killed', 'FROM busybox\nRUN sleep 20 && echo end\n')
  await expect.poll(() => stateOf(build), PATIENCE).toBe('running')
  const before = property('MainPID')
  systemctl('kill', '--kill-whom=main', '--signal=KILL', 'tsbuild-server')
  await expect.poll(() => property('MainPID'), PATIENCE).not.toMatch(new RegExp(`^(0|${before})$`))
  await expect.poll(isReady, PATIENCE).toBe(true)
  await expect.poll(() => stateOf(build), PATIENCE).toBe('succeeded')
})

test('systemctl stop ends the server with its database, and leaves nothing', () => {
  systemctl('stop', 'tsbuild-server')
  expect(property('Result')).toBe('success')
  expect(existsSync(join(STATE, 'database/postgres/postmaster.pid'))).toBe(false)
  expect(user.processes()).toEqual([])
})

/** The PID of the server outside of the namespaces of systemd. */
function hostPid(): number {
  const group = '/sys/fs/cgroup/machine/system.slice/tsbuild-server.service'
  const found = execFileSync('grep', ['-rlx', '[0-9]*', group, '--include=cgroup.procs'], { encoding: 'utf8' })
  const [file = ''] = found.split('\n')
  return Number(readFileSync(file, 'utf8').split('\n')[0])
}
