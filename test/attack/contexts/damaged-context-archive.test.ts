import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { rawTar } from '../../support/raw-tar.ts'

const tsbuild = createTsbuild()

test.each([
  ['whose first record is malformed', rawTar([{ name: 'Dockerfile', data: 'FROM scratch\n', pax: { size: '-1' } }])],
  ['that is a compressed text', gzipSync('FROM scratch\n')],
])('a context archive %s is reported as such, not as a context without a Dockerfile', async (_, input) => {
  const { exitCode, stderr } = await tsbuild.with({ input }).run('build', '-')
  expect(stderr).toContain('Cannot use the build context: not a tar archive, or a damaged one')
  expect(exitCode).toBe(65)
})
