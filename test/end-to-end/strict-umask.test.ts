import { beforeAll, expect, test } from 'vitest'
import { addUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuildOf, type Tsbuild } from './tsbuild.ts'

let tsbuild: Tsbuild

beforeAll(async () => {
  const user = addUser()
  tsbuild = createTsbuildOf({ ...user, command: ['sh', '-c', 'umask 0777; exec "$@"', 'sh', ...user.command] })
  await importBusybox(tsbuild)
})

test('a non-root user whose umask denies access to the owner can build and run images', async () => {
  const input = 'FROM busybox\nRUN echo content > /file\n'
  await tsbuild.with({ input }).ok('build', '--network=none', '-t', 'built', '-')
  expect(await tsbuild.ok('run', '--rm', '--network=none', 'built', 'cat', '/file')).toBe('content')
  await tsbuild.with({ input }).ok('build', '--network=none', '--no-cache', '-')
})
