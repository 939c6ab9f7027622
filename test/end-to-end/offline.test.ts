import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuildOf, type Tsbuild } from './tsbuild.ts'

let machine: ChildProcess
let tsbuild: Tsbuild
let inside: readonly string[]
beforeAll(async () => {
  machine = spawn('unshare', ['--net', 'sh', '-c', 'busybox ip link set lo up; echo up; exec sleep 1000'])
  if (machine.stdout !== null) await once(machine.stdout, 'data')
  inside = ['nsenter', `--net=/proc/${machine.pid}/ns/net`]
  const command = [...inside, resolve(import.meta.dirname, '../../bin/tsbuild')]
  tsbuild = createTsbuildOf({ uid: 0, gid: 0, home: '/root', command })
  await importBusybox(tsbuild)
})
afterAll(async () => {
  await tsbuild.close()
  machine.kill()
})

const WARNING = 'This machine has no default route: the network of the command has no outbound access'

test('builds work on a machine without a network', async () => {
  const file = 'FROM busybox\nRUN busybox ip -o link | wc -l; touch /built\n'
  const { exitCode, stderr } = await tsbuild
    .with({ input: file })
    .run('build', '--progress=plain', '--add-host', 'me:host-gateway', '-')
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain(WARNING)
  expect(stderr).toMatch(/ 1\n/) // only the loopback interface
})

test('containers run on a machine without a network, with reachable published ports', async () => {
  const serve = 'echo ready; while :; do hostname -i | nc -l -p 80; done'
  const web = await tsbuild.run('run', '-d', '--name', 'web', '-p', '8080:80', 'busybox', 'sh', '-c', serve)
  expect(web).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(WARNING) })
  const ask = 'until busybox nc 127.0.0.1 8080 </dev/null; do sleep 0.1; done'
  const { stdout } = spawnSync(inside[0] ?? '', [...inside.slice(1), 'sh', '-c', ask], { encoding: 'utf8' })
  expect(stdout).toBe('10.0.2.100\n')
})
