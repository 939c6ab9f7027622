import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'

const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const context = mkdtempSync(join(tmpdir(), 'tsbuild-unchanged-'))

beforeAll(async () => {
  await importBusybox(tsbuild)
  writeFileSync(join(context, '.dockerignore'), '*\n')
})

afterAll(async () => {
  await tsbuild.close()
  rmSync(context, { recursive: true })
})

const build = (tag: string, lines: readonly string[]) => {
  writeFileSync(join(context, 'Dockerfile'), `${['FROM busybox', ...lines].join('\n')}\n`)
  return tsbuild.ok('build', '--no-cache', '--tag', tag, context)
}

/**
 * The overlay of the step has a copy of the file. Its layer does not, and is equal to that of any step that changes
 * nothing.
 */
test('a file that a step copied up unchanged does not appear in another image with an equal layer', async () => {
  await build('poison', ['RUN chown 0:0 /etc/passwd'])
  await build('victim', ['RUN echo own > /etc/passwd', 'COPY . /', 'RUN cp /etc/passwd /seen'])
  const seen = await tsbuild.ok('run', '--rm', '--network', 'none', 'victim', 'cat', '/etc/passwd', '/seen')
  expect(seen).toBe('own\nown')
})
