import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild, type Tsbuild } from '../../end-to-end/tsbuild.ts'

let tsbuild: Tsbuild

beforeAll(async () => {
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
})

/** If only the beginning was read, the name would not be found and the files would belong to root. */
test('COPY --chown refuses an /etc/passwd that is too large', async () => {
  const input = `FROM busybox
RUN dd if=/dev/zero of=/etc/passwd bs=1 count=1 seek=20000000 && echo late:x:7:7::/: >> /etc/passwd
COPY --chown=late --from=busybox /bin/busybox /copied
`
  const { exitCode, stderr } = await tsbuild.with({ input }).run('build', '--network=none', '-')
  expect(stderr).toMatch(/Cannot read "\/?etc\/passwd": it has 200000\d\d bytes \(at most 16777216\)/)
  expect(exitCode).not.toBe(0)
})
