import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { RunningRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Machines, startMachines } from './machines.ts'
import type { Tsbuild } from './tsbuild.ts'

let machines: Machines
let registry: RunningRegistry
let context: string
let first: Tsbuild

beforeAll(async () => {
  machines = await startMachines()
  ;({ registry, first } = machines)
  context = temporaryDirectory('inline-cache')
  writeFileSync(join(context, 'a.txt'), 'hello\n')
  writeFileSync(
    join(context, 'Dockerfile'),
    `FROM ${registry.host}/base AS build
COPY a.txt /a.txt
RUN cat /proc/sys/kernel/random/uuid > /unique
FROM ${registry.host}/base
COPY --from=build /unique /a.txt /w/
RUN cat /proc/sys/kernel/random/uuid > /random
`,
  )
  writeFileSync(join(context, 'plain.Dockerfile'), 'FROM scratch\nCOPY a.txt /b.txt\nWORKDIR /w\nCOPY a.txt /w/\n')
})

async function build(on: Tsbuild, ...flags: string[]): Promise<{ stderr: string; cachedCount: number }> {
  const { exitCode, stderr } = await on.run('build', '--progress=plain', ...flags, context)
  expect(exitCode, stderr).toBe(0)
  return { stderr, cachedCount: stderr.match(/ CACHED$/gm)?.length ?? 0 }
}

const pushed = (name: string, ...more: string[]) => ['--push', '-t', `${registry.host}/${name}`, ...more]
const from = (name: string) => ['--cache-from', `type=registry,ref=${registry.host}/${name}`]
const digestOf = (on: Tsbuild, name: string) =>
  on.ok('image', 'inspect', '--format', '{{.Id}}', `${registry.host}/${name}`)

describe('an image with an inline cache', () => {
  beforeAll(() => build(first, ...pushed('app:1', '--cache-to', 'type=inline')))

  test('is rebuilt on another machine without running a step, and the pushed image is the same', async () => {
    const second = machines.add()
    const { stderr, cachedCount } = await build(
      second,
      ...pushed('app:2', '--cache-to', 'type=inline,mode=min'),
      ...from('app:1'),
    )
    expect(cachedCount, stderr).toBe(4)
    expect(await digestOf(second, 'app:2')).toBe(await digestOf(first, 'app:1'))
  })

  test('has only the layers of its result: steps of other stages run again when they are needed', async () => {
    const second = machines.add()
    writeFileSync(
      join(context, 'other.Dockerfile'),
      `FROM ${registry.host}/app:1 AS app\nFROM scratch\nCOPY --from=app /w /w\n`,
    )
    const { cachedCount } = await build(second, '-t', 'app', ...from('app:1'))
    expect(cachedCount).toBe(4)
    expect(await second.ok('run', '--rm', '--network=none', 'app', 'cat', '/w/a.txt')).toBe('hello')
  })
})

test('BUILDKIT_INLINE_CACHE=1 writes an inline cache for each platform of an index', async () => {
  const file = ['-f', join(context, 'plain.Dockerfile'), '--platform=linux/amd64,linux/arm64']
  await build(first, ...pushed('several:1', '--build-arg', 'BUILDKIT_INLINE_CACHE=1'), ...file)
  const second = machines.add()
  const { stderr, cachedCount } = await build(second, ...pushed('several:2'), ...file, ...from('several:1'))
  expect(stderr).not.toContain('BUILDKIT_INLINE_CACHE')
  expect(cachedCount, stderr).toBe(3) // the same for both platforms
})

test('an image without a cache causes a warning with a hint', async () => {
  const { stderr } = await build(machines.add(), '-t', 'app', ...from('base'))
  expect(stderr).toContain(`Cannot read cache "${registry.host}/base:latest": it is an image without a cache`)
})

test.each([
  [['--cache-to', 'type=inline,mode=max'], 'an image contains the layers of its result only'],
  [['--cache-to', 'type=inline', '-o', '/tmp/nowhere'], 'Cannot write the cache inline: no output is an image'],
  [['--cache-from', 'type=inline'], 'Use --cache-from type=registry,ref=IMAGE'],
  [['--cache-to', 'type=azblob,account_url=https://a'], 'Azure Blob Storage is not supported'],
])('%s is refused', async (flags, reason) => {
  const { exitCode, stderr } = await first.run('build', ...flags, context)
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain(reason)
})
