import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'

const tsbuild = createTsbuild()

/** Like a Kubernetes `emptyDir`. */
beforeAll(async () => {
  mkdirSync(tsbuild.root)
  chmodSync(tsbuild.root, 0o777)
  await importBusybox(tsbuild)
})

test('in a store with mode 777, no user can access set-user-ID programs of images, containers, volumes and caches', async () => {
  const make = (place: string) => `cp /bin/busybox ${place}/su; chmod 4755 ${place}/su`
  const dockerfile = `FROM busybox\nRUN --mount=type=cache,target=/c mkdir -p /d; ${make('/c')}; ${make('/d')}\n`
  await tsbuild.with({ input: dockerfile }).ok('build', '-t', 'made', '--network=none', '-')
  const script = `mkdir /e; ${make('/e')}; ${make('/volume')}`
  await tsbuild.ok('run', '--name', 'made', '--network=none', '-v', 'volume:/volume', 'made', 'sh', '-c', script)
  const find = ['-u', 'nobody', '--', 'find', tsbuild.root, '-name', 'su']
  const found = execFileSync('sh', ['-c', 'runuser "$@" 2>/dev/null; true', 'sh', ...find], { encoding: 'utf8' })
  expect(found).toBe('')
  const own = execFileSync('find', [tsbuild.root, '-name', 'su', '-perm', '-4000', '-user', 'root'], {
    encoding: 'utf8',
  })
  expect(own.trim().split('\n').length).toBeGreaterThanOrEqual(4)
})
