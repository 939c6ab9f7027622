import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addUser } from '../support/temporary-user.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, createTsbuildOf, type Tsbuild } from './tsbuild.ts'

const MOUNT = '--mount=type=cache,id=npm,target=/npm,uid=1000,gid=1000,mode=0770'
const FILL = `FROM busybox\nRUN ${MOUNT} echo pkg > /npm/f && chown 1000:1000 /npm/f && chmod 600 /npm/f\n`
const LOOK = `FROM busybox\nRUN ${MOUNT} stat -c '%n %a %u:%g' /npm /npm/f\n`
let root: Tsbuild
let room: string

beforeAll(async () => {
  room = temporaryDirectory('rootless-mounts')
  chmodSync(room, 0o777)
  root = createTsbuild()
  await importBusybox(root)
  await root.ok('save', '-o', join(room, 'busybox.tar'), 'busybox')
  chmodSync(join(room, 'busybox.tar'), 0o644)
  await root.with({ input: FILL }).ok('build', '-q', '--cache-mounts-to', `type=local,dest=${room}/root`, '-')
})

async function look(on: Tsbuild, ...flags: string[]) {
  const { exitCode, stderr } = await on.with({ input: LOOK }).run('build', '--progress=plain', ...flags, '-')
  expect(exitCode, stderr).toBe(0)
  return [...stderr.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map(([, line]) => line)
}

test.each([
  ['subordinate ids', true],
  ['a single id', false],
])('a user with %s imports and exports cache mounts with their owners', async (_, hasSubordinateIds) => {
  const user = addUser({ hasSubordinateIds })
  const own = createTsbuildOf(user)
  const kept = ['/npm 770 1000:1000', '/npm/f 600 1000:1000']
  try {
    await own.ok('load', '-i', join(room, 'busybox.tar'))
    const to = `type=local,dest=${room}/${user.name}`
    expect(await look(own, '--cache-mounts-from', `type=local,src=${room}/root`, '--cache-mounts-to', to)).toEqual(kept)
    rmSync(join(root.root, 'cache-mounts'), { recursive: true })
    await root.ok('builder', 'prune', '--all', '--force')
    expect(await look(root, '--cache-mounts-from', `type=local,src=${room}/${user.name}`)).toEqual(kept)
  } finally {
    await own.close()
  }
})
