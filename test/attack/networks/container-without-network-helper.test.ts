import { readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const path = temporaryDirectory('path')
const tsbuild = createTsbuild({ PATH: path })

beforeAll(async () => {
  symlinkSync(process.execPath, join(path, 'node'))
  await importBusybox(tsbuild)
})

const SHOW = ['busybox', 'busybox', 'readlink', '/proc/self/ns/net']

test("a container gets the host's network only on request, not if a private one cannot be created", async () => {
  const { exitCode, stdout, stderr } = await tsbuild.run('run', '--rm', ...SHOW)
  expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' })
  expect(stderr).toContain('neither pasta nor slirp4netns is installed')
  expect(stderr).toContain('--network host')
  expect(await tsbuild.ok('run', '--rm', '--network', 'host', ...SHOW)).toBe(readlinkSync('/proc/self/ns/net'))
  expect(await tsbuild.ok('run', '--rm', '--network', 'none', ...SHOW)).not.toBe(readlinkSync('/proc/self/ns/net'))
})
