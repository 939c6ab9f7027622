import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type GhaCacheService, startGhaCacheService } from '../support/gha-cache-service.ts'
import { startBucket } from '../support/start-bucket.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

const APT = '--mount=type=cache,target=/apt,sharing=locked'
const NPM = '--mount=type=cache,id=npm,target=/npm,uid=1000,gid=1000,mode=0770'
const FILL = `FROM busybox
RUN ${APT} ${NPM} mkdir -p /apt/archives && echo deb > /apt/archives/a.deb && chmod 640 /apt/archives/a.deb \\
  && echo pkg > /npm/index && chown 1000:1000 /npm/index && ln -s index /npm/link && ln /npm/index /npm/hard \\
  && chmod 4755 /npm/hard && echo hidden > /npm/.wh.a
`
const LOOK = `FROM busybox
RUN ${APT} ${NPM} stat -c '%n %a %u:%g' /apt/archives/a.deb /npm /npm/index /npm/.wh.a; cat /npm/link; ls /apt
`
const FILLED = [
  '/apt/archives/a.deb 640 0:0',
  '/npm 770 1000:1000',
  '/npm/index 4755 1000:1000',
  '/npm/.wh.a 644 0:0',
  'pkg',
  'archives',
]
const TOKEN = 'a token of a job'

let registry: RunningRegistry
let service: GhaCacheService
let bucket: string
let room: string
let first: Tsbuild

beforeAll(async () => {
  registry = await startRegistry()
  service = await startGhaCacheService(TOKEN)
  room = temporaryDirectory('shared-mounts')
  bucket = (await startBucket()).cache()
  first = createTsbuild({ ACTIONS_RUNTIME_TOKEN: TOKEN, ACTIONS_RESULTS_URL: service.url })
  await importBusybox(first)
  await first.ok('save', '-o', join(room, 'busybox.tar'), 'busybox')
})

/** Another machine: a store with only the base image. */
async function machine(): Promise<Tsbuild> {
  const made = createTsbuild({ ACTIONS_RUNTIME_TOKEN: TOKEN, ACTIONS_RESULTS_URL: service.url })
  await made.ok('load', '-i', join(room, 'busybox.tar'))
  return made
}

async function build(on: Tsbuild, dockerfile: string, ...flags: string[]) {
  const { exitCode, stderr } = await on.with({ input: dockerfile }).run('build', '--progress=plain', ...flags, '-')
  expect(exitCode, stderr).toBe(0)
  const output = [...stderr.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map(([, line]) => line)
  return { stderr, output }
}

test.each([
  ['a registry', () => `type=registry,ref=${registry.host}/mounts`, () => `type=registry,ref=${registry.host}/mounts`],
  ['a layout', () => `type=local,dest=${room}/layout`, () => `type=local,src=${room}/layout`],
  ['a bucket of S3', () => bucket, () => bucket],
  ["GitHub's service", () => 'type=gha', () => 'type=gha'],
])('%s transfers cache mounts to another machine, with owners, modes and links', async (_, to, from) => {
  await build(first, FILL, '--no-cache', '--cache-mounts-to', to())
  const { output, stderr } = await build(await machine(), LOOK, '--cache-mounts-from', from())
  expect(output, stderr).toEqual(FILLED)
})

describe('an export', () => {
  const place = (name: string) => `type=local,dest=${room}/${name}`
  const source = (name: string) => `type=local,src=${room}/${name}`

  beforeAll(() => build(first, FILL, '--no-cache'))

  test('writes the named mounts, and keeps those that other builds wrote', async () => {
    await build(first, FILL, '--cache-mounts-to', `${place('named')},id=npm`)
    const other = 'FROM busybox\nRUN --mount=type=cache,id=other,target=/o echo other > /o/file\n'
    await build(first, other, '--cache-mounts-to', place('named'))
    const look = `FROM busybox\nRUN ${APT} ${NPM} --mount=type=cache,id=other,target=/o ls /apt; cat /npm/index /o/file\n`
    expect((await build(await machine(), look, '--cache-mounts-from', source('named'))).output).toEqual([
      'pkg',
      'other',
    ])
  })

  test('skips mounts that are too large or begin with other files, with a warning', async () => {
    const large = `FROM busybox
RUN ${NPM} --mount=type=cache,id=large,target=/l --mount=type=cache,id=based,from=busybox,source=/etc,target=/b \\
  dd if=/dev/zero of=/l/file bs=1024 count=3000
`
    const { stderr } = await build(
      first,
      large,
      '--cache-mounts-to',
      `${place('limited')},max-size=2MB,id=npm;large;based;none`,
    )
    expect(stderr).toContain(
      'Cache mount "large" is not exported: it would exceed the limit of 2097152 bytes (max-size)',
    )
    expect(stderr).toContain('Cache mount "based" is not exported: it starts with the files of from=')
    expect(stderr).toContain('Cache mount "none" is not exported: the build does not use it')
    const { output } = await build(await machine(), LOOK, '--cache-mounts-from', source('limited'))
    expect(output).toContain('pkg')
  })

  test('of a build that ran no step changes nothing', async () => {
    const second = await machine()
    await build(first, FILL, '--cache-mounts-to', place('kept'), '--cache-to', place('layers'))
    const { stderr } = await build(second, FILL, '--cache-from', source('layers'), '--cache-mounts-to', place('kept'))
    expect(stderr).toContain('CACHED')
    expect((await build(await machine(), LOOK, '--cache-mounts-from', source('kept'))).output).toEqual(FILLED)
  })

  test('refuses a destination that holds a layer cache', async () => {
    const to = `${place('layers')},tag=latest`
    await build(first, FILL, '--cache-to', place('layers'))
    const given = first.with({ input: FILL })
    const { exitCode, stderr } = await given.run('build', '--cache-mounts-to', to, '-')
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('not an archive of cache mounts')
    expect((await given.run('build', '--cache-mounts-to', `${to},ignore-error=true`, '-')).exitCode).toBe(0)
  })
})

describe('an import', () => {
  beforeAll(() => build(first, FILL, '--no-cache', '--cache-mounts-to', `type=local,dest=${room}/imported`))

  const from = (more = '') => ['--cache-mounts-from', `type=local,src=${room}/imported${more}`]

  test('skips a mount that already exists, and one that --no-cache empties', async () => {
    const second = await machine()
    expect((await build(second, LOOK, '--no-cache', ...from())).output).not.toContain('pkg')
    await build(second, FILL.replaceAll('echo pkg', 'echo own'), ...from())
    expect((await build(second, LOOK.replace('ls', 'echo; ls'), ...from())).output).toContain('own')
  })

  test('skips mounts that are not named or too large', async () => {
    const named = await build(await machine(), LOOK, ...from(',id=npm'))
    expect(named.output).not.toContain('archives')
    expect(named.output).toContain('pkg')
    const limited = await build(await machine(), LOOK, ...from(',max-size=1KB'))
    expect(limited.output).not.toContain('pkg')
    expect(limited.stderr).toContain('would exceed the limit of 1024 bytes (max-size)')
  })

  test('of several concurrent builds fills a mount once', async () => {
    const second = await machine()
    const builds = ['one', 'two', 'three'].map((name) => build(second, `${LOOK}LABEL name=${name}\n`, ...from()))
    for (const { output } of await Promise.all(builds)) if (output.length > 0) expect(output).toEqual(FILLED)
    expect(readdirSync(join(second.root, 'tmp'))).toEqual([])
  })

  test('from an empty source causes a warning', async () => {
    const { stderr } = await build(await machine(), LOOK, '--cache-mounts-from', `type=local,src=${room}/nothing`)
    expect(stderr).toContain(`Cache mounts "${room}/nothing" do not exist yet`)
    expect(existsSync(join(room, 'nothing'))).toBe(false)
  })
})
