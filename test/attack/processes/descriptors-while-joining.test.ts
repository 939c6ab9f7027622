import { chmodSync, copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild, createTsbuildOf, type Tsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { addUser } from '../../support/temporary-user.ts'

const DESCRIPTORS = Array.from({ length: 24 }, (_, number) => number)
const UP = '../../../../../../../../../..'

const outside = temporaryDirectory('outside')

const CALLERS = {
  root: createTsbuild,
  'a user': () => createTsbuildOf(addUser()),
  'a user with a single id': () => createTsbuildOf(addUser({ hasSubordinateIds: false })),
}

beforeAll(() => {
  copyFileSync('/bin/busybox', join(outside, 'touch'))
  writeFileSync(join(outside, 'passwd'), 'spy:x:0:0::/:/bin/sh\n')
  for (const file of ['', 'touch', 'passwd']) chmodSync(join(outside, file), 0o755)
})

/** When a path of a container is resolved, no descriptor of the joining process may lead to the host. */
describe.each(Object.entries(CALLERS))('exec of %s', (_, caller) => {
  let tsbuild: Tsbuild
  beforeAll(async () => {
    tsbuild = caller()
    await importBusybox(tsbuild)
    await tsbuild.ok('run', '-d', '--network', 'none', '--name', 'box', 'busybox', 'sleep', '999')
    await tsbuild.ok('exec', 'box', 'sh', '-c', DESCRIPTORS.map(plant).join('\n'))
  })

  const path = DESCRIPTORS.map((number) => `/linked/${number}:/scripted/${number}`).join(':')

  test.each(['-t', '-d', '-i'])('%s runs no program of the host', async (flag) => {
    await tsbuild.run('exec', flag, '-e', `PATH=${path}`, 'box', 'touch', '/proof')
    expect(await tsbuild.run('exec', 'box', 'sh', '-c', 'sleep 0.2; ls /proof')).toMatchObject({ stdout: '' })
  })

  test('finds no user in a file of the host', async () => {
    for (const number of DESCRIPTORS) {
      const passwd = `/proc/self/fd/${number}/${UP}${outside}/passwd`
      await tsbuild.ok('exec', 'box', 'ln', '-sfn', passwd, '/etc/passwd')
      expect(await tsbuild.run('exec', '-t', '-u', 'spy', 'box', 'true')).toMatchObject({ exitCode: 126 })
    }
  })
})

function plant(number: number): string {
  const host = `/proc/self/fd/${number}/${UP}${outside}`
  return `mkdir -p /linked /scripted/${number}; ln -s ${host} /linked/${number}
    echo '#!${host}/touch' > /scripted/${number}/touch; chmod 755 /scripted/${number}/touch`
}
