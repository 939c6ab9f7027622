import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuildOf, type Tsbuild } from './tsbuild.ts'

/** Without /dev/net/tun, as in most CI containers and, on many machines, for non-root users. */
const WITHOUT_TUN = 'mount -t tmpfs tmpfs /dev/net && exec "$0" "$@"'
const program = resolve(import.meta.dirname, '../../bin/tsbuild')
let tsbuild: Tsbuild

beforeAll(async () => {
  const command = ['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', WITHOUT_TUN, program]
  tsbuild = createTsbuildOf({ uid: 0, gid: 0, home: '/root', command })
  await importBusybox(tsbuild)
})

test('without a network helper, a container with published ports is reachable through them', async () => {
  const serve = ['busybox', 'sh', '-c', 'while :; do hostname -i | nc -l -p 80; done']
  const web = await tsbuild.run('run', '-d', '--name', 'web', '-p', '127.0.0.1::80', ...serve)
  expect(web).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('only published ports work') })
  const [, port = ''] = /:(\d+)$/.exec(await tsbuild.ok('port', 'web', '80')) ?? []
  const ask = `until nc 127.0.0.1 ${port} </dev/null; do sleep 0.1; done`
  const asked = ['run', '--rm', '--network=host', 'busybox', 'sh', '-c', ask]
  expect(await tsbuild.ok(...asked)).toBe('10.0.2.100')
  await tsbuild.ok('rm', '-f', 'web')
})

test('without a network helper, a container without published ports is refused', async () => {
  const { exitCode, stderr } = await tsbuild.run('run', '--rm', 'busybox', 'true')
  expect({ exitCode, stderr }).toEqual({
    exitCode: 125,
    stderr: expect.stringContaining('Cannot connect a private network'),
  })
})
