import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const room = temporaryDirectory('local')

beforeAll(() => importBusybox(tsbuild))

test('-o type=local writes no devices, and warns about set-user-ID programs', async () => {
  const lines = [
    'FROM busybox AS made',
    'RUN mkdir /out; cd /out; busybox mknod -m 666 disk b 7 99; ln disk again; busybox mknod -m 666 tty c 1 3; echo plain > plain',
    'RUN cd /out; cp /bin/busybox su; chmod 4755 su; cp su /out/group; chmod 2755 group; mkdir -m 2755 shared',
    'FROM scratch',
    'COPY --from=made /out /',
  ]
  const context = join(room, 'context')
  mkdirSync(context)
  writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`)
  const destination = join(room, 'made/by/docker')
  const { exitCode, stderr } = await tsbuild.run('build', '--output', destination, context)
  expect(exitCode, stderr).toBe(0)
  expect(readdirSync(destination).sort()).toEqual(['group', 'plain', 'shared', 'su'])
  expect(statSync(join(destination, 'su')).mode & 0o7777).toBe(0o4755)
  expect(stderr).toMatch(
    /Device nodes are not exported to a directory \(use type=tar to export them\): \/again, \/disk, \/tty\n/,
  )
  expect(stderr).toMatch(/rights of their owner for every user who can reach them: \/group, \/su\n/)
  for (const directory of [destination, join(room, 'made')]) expect(statSync(directory).mode & 0o777).toBe(0o700)
})
