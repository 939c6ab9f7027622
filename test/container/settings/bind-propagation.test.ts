import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseMountFlag, parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import { createSink, runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

let engine: TestEngine
const host = mkdtempSync(join(tmpdir(), 'tsbuild-tied-'))
const source = join(host, 'source')

/** The source is a separate shared mount, as /home is on most machines. */
beforeAll(async () => {
  engine = await temporaryContainers()
  mount('--bind', host, host)
  mount('--make-shared', host)
  for (const name of ['outer', 'inner']) mkdirSync(join(source, name), { recursive: true })
})

afterAll(() => {
  execFileSync('umount', ['-R', host])
  rmSync(host, { recursive: true })
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(host)
})

function mount(...words: readonly string[]): void {
  execFileSync('mount', words)
}

async function inside(name: string, script: string): Promise<string> {
  const output = createSink()
  await engine.containers.exec(
    name,
    { argv: ['sh', '-c', script] },
    {
      output: (_, chunk) => {
        output.write(chunk)
      },
    },
  )
  return output.text()
}

describe('a container that runs while mounts are added and removed', () => {
  test.each([
    ['rslave', 'host\n', false],
    ['slave', 'host\n', false],
    ['rshared', 'host\n', true],
    ['shared', 'host\n', true],
    ['rprivate', '', false],
  ] as const)('with %s', async (propagation, seenInside, isSeenOutside) => {
    const { containers } = engine
    const mounts = [parseVolumeFlag(`${source}:/x:${propagation}`)]
    const command = ['sleep', '1000']
    await containers.run({
      image: 'busybox',
      name: propagation,
      network: 'none',
      mounts,
      command,
      addCapabilities: ['SYS_ADMIN'],
    })
    mount('-t', 'tmpfs', 'tsbuild-outer', join(source, 'outer'))
    writeFileSync(join(source, 'outer/file'), 'host\n')
    expect(await inside(propagation, 'cat /x/outer/file 2>/dev/null')).toBe(seenInside)
    await inside(propagation, 'mount -t tmpfs none /x/inner && echo container > /x/inner/file')
    expect(await inside(propagation, 'cat /x/inner/file')).toBe('container\n')
    expect(existsSync(join(source, 'inner/file'))).toBe(isSeenOutside)
    await inside(propagation, 'umount /x/inner')
    expect(existsSync(join(source, 'inner/file'))).toBe(false)
    execFileSync('umount', [join(source, 'outer')])
    expect(await inside(propagation, 'ls /x/outer')).toBe('')
    expect(await containers.inspect(propagation)).toMatchObject({
      HostConfig: { Binds: [`${source}:/x${propagation === 'rprivate' ? '' : `:${propagation}`}`] },
      Mounts: [{ Propagation: propagation }],
    })
    await containers.remove(propagation, { force: true })
  })
})

test('--mount has the same effect as -v, and read-only is preserved', async () => {
  mount('-t', 'tmpfs', 'tsbuild-outer', join(source, 'outer'))
  const mounts = [parseMountFlag(`type=bind,src=${source},dst=/x,bind-propagation=rslave,readonly`)]
  const script = 'grep " /x" /proc/self/mountinfo | grep -c master:; touch /x/f; touch /x/outer/f'
  const ran = await runToEnd(engine.containers, { mounts, command: ['sh', '-c', script] })
  execFileSync('umount', [join(source, 'outer')])
  expect(ran.stdout).toBe('2\n')
  expect(ran.stderr.match(/Read-only/g)).toHaveLength(2)
})

test('a source that was removed after the container was created is named when the container starts', async () => {
  const removed = mkdtempSync(join(host, 'removed-'))
  const mounts = [parseVolumeFlag(`${removed}:/x:rslave`)]
  const { id } = await engine.containers.create({ image: 'busybox', network: 'none', mounts, command: ['true'] })
  rmSync(removed, { recursive: true })
  await expect(engine.containers.start(id)).rejects.toMatchObject({
    code: 'CONTAINER_START_FAILED',
    exitCode: 125,
    message: `Cannot mount "${removed}": no such file or directory`,
    hint: 'Create the source of the mount again',
  })
})

test.each([
  ['rshared', /is not a shared mount/],
  ['rslave', /is not a shared or slave mount/],
])('%s with a source on a private mount is refused when the container starts', async (propagation, message) => {
  const alone = mkdtempSync(join(tmpdir(), 'tsbuild-alone-'))
  mount('--bind', alone, alone)
  mount('--make-private', alone)
  try {
    const mounts = [parseVolumeFlag(`${alone}:/x:${propagation}`)]
    await expect(runToEnd(engine.containers, { mounts, command: ['true'] })).rejects.toMatchObject({
      code: 'CONTAINER_START_FAILED',
      exitCode: 125,
      message: expect.stringMatching(message),
    })
  } finally {
    execFileSync('umount', [alone])
    rmSync(alone, { recursive: true })
  }
})
