import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuildOf, type Tsbuild } from './tsbuild.ts'

let user: TemporaryUser
let tsbuild: Tsbuild

beforeAll(async () => {
  user = addUser()
  tsbuild = createTsbuildOf(user)
  await importBusybox(tsbuild)
})

test('system reset removes a rootless store with files of subordinate IDs and a running container', async () => {
  const command = 'mkdir /private && chown -R 1000:1000 /private && chmod 700 /private && sleep 999'
  await tsbuild.ok('run', '-d', '--network=none', '-v', '/data', 'busybox', 'sh', '-c', command)
  const input = 'FROM busybox\nRUN --network=none --mount=type=cache,target=/cache touch /cache/kept\n'
  await tsbuild.with({ input }).ok('build', '-')
  expect((await tsbuild.run('system', 'reset')).exitCode).toBe(1)
  expect(JSON.parse(await tsbuild.ok('info', '--format', 'json'))).toMatchObject({
    ContainersRunning: 1,
    Images: 2,
    OperatingSystem: execFileSync('sh', ['-c', '. /etc/os-release; printf %s "$PRETTY_NAME"'], { encoding: 'utf8' }),
    LoggingDriver: 'json-file',
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'],
  })
  expect(await tsbuild.ok('system', 'reset', '-f')).toBe(`Removed store ${tsbuild.root}`)
  expect(existsSync(tsbuild.root)).toBe(false)
})

test('system reset keeps files that are not part of the store', async () => {
  await tsbuild.ok('images') // creates the store
  writeFileSync(join(tsbuild.root, 'thesis.txt'), 'mine')
  expect(await tsbuild.run('system', 'reset', '-f')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('thesis.txt'),
  })
  expect(readdirSync(tsbuild.root)).toEqual(['thesis.txt'])
})
