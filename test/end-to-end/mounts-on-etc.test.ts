import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const tsbuild = createTsbuild()
const room = temporaryDirectory('etc')

beforeAll(() => importBusybox(tsbuild))

const run = (...words: string[]) => tsbuild.ok('run', '--rm', '--network=none', '--hostname=web', ...words)

test('a volume on /etc keeps the host name and the name servers of the container', async () => {
  const seen = await run(
    '-v',
    'settings:/etc',
    '--dns=192.0.2.1',
    'busybox',
    'cat',
    '/etc/hostname',
    '/etc/resolv.conf',
  )
  expect(seen).toMatch(/^web\nnameserver 192\.0\.2\.1$/m)
  expect(await run('-v', 'settings:/etc', 'busybox', 'grep', '-c', '^root:', '/etc/passwd')).toBe('1')
})

test('so do a tmpfs and a directory of the host, which shows its other files', async () => {
  expect(await run('--tmpfs=/etc', 'busybox', 'cat', '/etc/hostname')).toBe('web')
  const own = join(room, 'own')
  mkdirSync(own)
  writeFileSync(join(own, 'app.conf'), 'own\n')
  expect(await run('-v', `${own}:/etc/`, 'busybox', 'cat', '/etc/hostname', '/etc/app.conf')).toBe('web\nown')
  expect(readdirSync(own).sort()).toEqual(['app.conf', 'hostname', 'hosts', 'resolv.conf'])
  expect(await run('-v', `${own}:/etc:ro`, 'busybox', 'cat', '/etc/hostname')).toBe('web')
})

test("a mount on one of docker's three files replaces it", async () => {
  const hosts = join(room, 'hosts')
  writeFileSync(hosts, '192.0.2.2 own\n')
  expect(await run('-v', `${hosts}:/etc/hosts`, '-v', 'settings:/etc', 'busybox', 'cat', '/etc/hosts')).toBe(
    '192.0.2.2 own',
  )
})
