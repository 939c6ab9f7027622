import { readlinkSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { ExecSpec } from '../../container/index.ts'
import { type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
  const spec = { image: 'busybox', network: 'none', name: 'host', env: ['OF=container'], workingDir: '/data' }
  await engine.containers.run({ ...spec, command: ['sleep', '1000'], limits: { pidsMax: 50 } })
})

async function exec(spec: ExecSpec): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' }
  const { exitCode } = await engine.containers.exec('host', spec, {
    output: (stream, chunk) => {
      texts[stream] += chunk.toString()
    },
  })
  return { exitCode, ...texts }
}

test('exec() runs in the directory, environment and root of the container', async () => {
  const { stdout } = await exec({ argv: ['sh', '-c', 'pwd; echo $OF $ADDED; cat from-image'], env: ['ADDED=too'] })
  expect(stdout).toBe('/data\ncontainer too\nfrom the image\n')
})

test('exec() returns the exit code, separates the streams, and accepts another user and directory', async () => {
  const spec = { argv: ['sh', '-c', 'id -un; pwd >&2; exit 6'], user: 'web', workingDir: '/tmp' }
  expect(await exec(spec)).toEqual({ exitCode: 6, stdout: 'web\n', stderr: '/tmp\n' })
})

test('exec() finds the first process even if it has changed its name', async () => {
  const { containers } = engine
  const command = ['sh', '-c', 'printf "\\377) Z (" > /proc/self/comm; echo named; while :; do sleep 0.1; done']
  await containers.run({ image: 'busybox', network: 'none', name: 'strange', command })
  for await (const _ of containers.logs('strange', { follow: true })) break
  const { exitCode } = await containers.exec('strange', { argv: ['true'] }, { output: () => {} })
  expect(exitCode).toBe(0)
  await containers.remove('strange', { force: true })
})

test('exec() of a missing command exits with 127', async () => {
  const { exitCode, stderr } = await exec({ argv: ['no-such-command'] })
  expect(exitCode).toBe(127)
  expect(stderr).toContain('no-such-command')
})

test('exec() joins every namespace and the cgroup of the first process', async () => {
  const { state } = await engine.containers.get('host')
  const kinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']
  const { stdout } = await exec({
    argv: ['sh', '-c', `for kind in ${kinds.join(' ')}; do readlink /proc/self/ns/$kind; done`],
  })
  expect(stdout.trim().split('\n')).toEqual(kinds.map((kind) => readlinkSync(`/proc/${state.pid}/ns/${kind}`)))
  const groups = await exec({ argv: ['cat', '/proc/self/cgroup'] })
  const first = await exec({ argv: ['cat', '/proc/1/cgroup'] })
  expect(groups.stdout).toBe(first.stdout)
})

test('exec() in the background leaves the command running', async () => {
  await engine.containers.execDetached('host', { argv: ['sh', '-c', 'echo $$ > /tmp/pid; exec sleep 999'] })
  await expect.poll(async () => (await exec({ argv: ['ps'] })).stdout).toContain('sleep 999')
})

test('a cancelled exec() ends its command', async () => {
  const abort = new AbortController()
  const running = engine.containers.exec(
    'host',
    { argv: ['sleep', '777'] },
    { output: () => {}, onStarted: () => abort.abort(), signal: abort.signal },
  )
  await expect(running).rejects.toMatchObject({ code: 'SANDBOX_ABORTED' })
  await expect.poll(async () => (await exec({ argv: ['ps'] })).stdout).not.toContain('sleep 777')
})

test('exec() into an exited container fails, and explains how to start it', async () => {
  await engine.containers.kill('host')
  await expect(exec({ argv: ['true'] })).rejects.toMatchObject({
    code: 'CONTAINER_NOT_RUNNING',
    hint: expect.any(String),
  })
})
