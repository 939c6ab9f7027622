import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuildUnder, type Tsbuild } from '../../end-to-end/tsbuild.ts'
import { createJobContainer, type JobContainer } from '../../support/job-container.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const room = temporaryDirectory('left-links')
const outside = join(room, 'outside')
const NAMES = ['cache', 'file', 'hosts', 'null', 'resolv.conf', 's']
let container: JobContainer
let job: Tsbuild

beforeAll(async () => {
  container = createJobContainer()
  job = createTsbuildUnder(container)
  await importBusybox(job)
  mkdirSync(join(outside, 'cache'), { recursive: true })
  for (const name of NAMES.slice(1)) writeFileSync(join(outside, name), 'outside\n')
  writeFileSync(join(outside, 'cache/kept'), 'outside\n')
})

/**
 * A step in a plain chroot is not confined. When the builder works on the tree afterwards, as root, it must not follow
 * links that the step left.
 */
test.each([
  ['/etc, where hosts and resolv.conf were', [`RUN mv /etc /etc.old && ln -s ${outside} /etc`]],
  ['/dev, /proc and /sys', [`RUN rm -rf /dev /proc /sys; for d in dev proc sys; do ln -s ${outside} /$d; done`]],
  [
    'the directory of a secret',
    [`RUN --mount=type=secret,id=s,target=/q/r/s mv /q /q2 && ln -s ${outside} /q && ln -s ${outside} /q2/z`],
  ],
  [
    'a cache',
    [
      `RUN --mount=type=cache,target=/c rm -rf /c; ln -s ${outside}/cache /c`,
      'RUN --mount=type=cache,target=/c rm -f /c/kept; touch /c/new',
    ],
  ],
  [
    'a temporary directory and a bind',
    [
      `RUN --mount=type=tmpfs,target=/t --mount=type=bind,target=/b rm -rf /t /b; ln -s ${outside} /t; ln -s ${outside} /b`,
    ],
  ],
  ['the target of the next COPY', [`RUN ln -s ${outside} /copied`]],
  [
    'a directory, by a process that keeps running',
    [
      `RUN mkdir /w; echo own > /w/file; (setsid sh -c 'while :; do mv /w /v; ln -s ${outside} /w; rm -f /w; mv /v /w; done' >/dev/null 2>&1 &)`,
    ],
  ],
])('the builder follows no link in place of %s', async (name, lines) => {
  const context = join(room, name.replaceAll(/\W/g, '-'))
  mkdirSync(context)
  writeFileSync(join(context, 'secret'), 'x')
  const rest = ['RUN echo after', 'COPY secret /copied/', 'RUN rm -rf /copied/']
  writeFileSync(join(context, 'Dockerfile'), ['FROM busybox', ...lines, ...rest].join('\n'))
  const { stderr } = await job.run('build', `--secret=id=s,src=${join(context, 'secret')}`, context)
  expect(stderr).toContain('plain chroot')
  expect(readdirSync(outside).sort()).toEqual(NAMES)
  expect(readdirSync(join(outside, 'cache'))).toEqual(['kept'])
  for (const file of NAMES.slice(1)) expect(readFileSync(join(outside, file), 'utf8')).toBe('outside\n')
})
