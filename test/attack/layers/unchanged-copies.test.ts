import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const context = temporaryDirectory('unchanged')

beforeAll(async () => {
  await importBusybox(tsbuild)
  writeFileSync(join(context, '.dockerignore'), '*\n')
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
