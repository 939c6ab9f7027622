import { mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'

const path = mkdtempSync(join(tmpdir(), 'tsbuild-path-'))
const tsbuild = createTsbuild({ PATH: path })

beforeAll(async () => {
  symlinkSync(process.execPath, join(path, 'node'))
  await importBusybox(tsbuild)
})

afterAll(async () => {
  await tsbuild.close()
  rmSync(path, { recursive: true })
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
