import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../end-to-end/bases.ts'
import { createTsbuild, type Tsbuild } from '../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Builds that are killed while they export or import cache mounts: others always see complete data. */

const MOUNT = '--mount=type=cache,id=big,target=/m'
const FILES = 40
const write = (version: string) =>
  `FROM busybox\nRUN ${MOUNT} for i in $(seq ${FILES}); do dd if=/dev/urandom of=/m/$i bs=65536 count=16; echo ${version} > /m/v$i; done\n`
const COMPLETE = [2 * FILES, 0, 0, FILES].map(String)
const LOOK = `FROM busybox\nRUN ${MOUNT} ls /m | grep -c . ; for one in one two three; do cat /m/v* | grep -c $one; done; true\n`

let room: string
let first: Tsbuild
let second: Tsbuild

beforeAll(async () => {
  room = temporaryDirectory('killed-mounts')
  first = createTsbuild()
  second = createTsbuild()
  await importBusybox(first)
  await importBusybox(second)
})

const place = () => `${room}/mounts`
const to = () => ['--cache-mounts-to', `type=local,dest=${place()}`]
const from = () => ['--cache-mounts-from', `type=local,src=${place()}`]

/** Kills the build with all its processes once it has printed this. */
async function killAt(
  on: Tsbuild,
  dockerfile: string,
  flags: readonly string[],
  isFar: () => boolean,
): Promise<boolean> {
  const child = on.start(['build', '--progress=plain', ...flags, '-'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.stdin?.end(dockerfile)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const watch = setInterval(() => {
    if (isFar() && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, 2)
  await ended
  clearInterval(watch)
  return child.signalCode === 'SIGKILL'
}

async function look(on: Tsbuild): Promise<readonly (string | undefined)[]> {
  rmSync(join(on.root, 'cache-mounts'), { recursive: true, force: true })
  const given = on.with({ input: LOOK })
  const { exitCode, stderr } = await given.run('build', '--progress=plain', ...from(), '-')
  expect(exitCode, stderr).toBe(0)
  await on.ok('builder', 'prune', '--all', '--force')
  return [...stderr.matchAll(/^#\d+ \d+\.\d+ +(.*)$/gm)].map(([, line]) => line)
}

const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

test('a killed export keeps the previous archive', async () => {
  await first.with({ input: write('one') }).ok('build', '-q', ...to(), '-')
  const blobs = () => namesIn(join(place(), 'blobs/sha256'))
  const before = blobs().length
  await killAt(first, write('two'), to(), () => blobs().length > before)
  const [count, ones, twos] = await look(second)
  expect([count, Number(ones) + Number(twos)]).toEqual([String(2 * FILES), FILES])
  expect([ones, twos]).toContain(String(FILES))
  await first.with({ input: write('three') }).ok('build', '-q', ...to(), '-')
  expect(await look(second)).toEqual(COMPLETE)
})

test('a killed import leaves the mount complete or missing', async () => {
  rmSync(join(second.root, 'cache-mounts'), { recursive: true, force: true })
  const unpacking = () =>
    namesIn(join(second.root, 'tmp')).some((name) => namesIn(join(second.root, 'tmp', name)).length > 3)
  await killAt(second, LOOK, from(), unpacking)
  await second.ok('builder', 'prune', '--all', '--force')
  const slots = namesIn(join(second.root, 'cache-mounts')).flatMap((home) =>
    namesIn(join(second.root, 'cache-mounts', home, '0/cache')),
  )
  expect([0, 2 * FILES]).toContain(slots.length)
  expect(await look(second)).toEqual(COMPLETE)
})
