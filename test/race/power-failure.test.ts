import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { importBusybox } from '../end-to-end/bases.ts'
import { createTsbuild, type Tsbuild } from '../end-to-end/tsbuild.ts'
import { createLossyDisk, type LossyDisk } from '../support/lossy-disk.ts'

let disk: LossyDisk
let tsbuild: Tsbuild

beforeEach(async () => {
  disk = createLossyDisk(256 * 2 ** 20)
  tsbuild = createTsbuild({ TSBUILD_ROOT: join(disk.path, 'store') })
  await importBusybox(tsbuild)
  writeContext()
  await build('app')
  await tsbuild.ok('create', '--name', 'old', 'app')
  execFileSync('sync', ['--file-system', disk.path])
})

afterEach(() => tsbuild.close()) // before its disk is unmounted

const context = () => join(disk.path, 'context')
const build = (tag: string) => tsbuild.ok('build', '-q', '-t', tag, context())

function writeContext(): void {
  mkdirSync(context())
  writeFileSync(join(context(), 'file'), 'content\n')
  writeFileSync(
    join(context(), 'Dockerfile'),
    'FROM busybox\nCOPY file /data/file\nRUN cp /data/file /data/copy\nVOLUME /anonymous\nCMD ["cat", "/data/copy"]\n',
  )
}

/** Runs the commands, cuts the power when the last has returned, and starts the machine again. */
async function cutPowerAfter(...commands: readonly string[][]): Promise<void> {
  for (const words of commands) await tsbuild.ok(...words)
  disk.cutPower()
  // What still runs writes to the disk as it was before; it may end by itself in the meantime.
  for (const name of (await tsbuild.ok('ps', '-q')).split('\n').filter(Boolean)) await tsbuild.run('kill', name)
  disk.mountAgain()
}

/** Warnings would be about what was damaged. */
async function quietly(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await tsbuild.run(...words)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout.trim()
}

const containers = async () => (await quietly('ps', '-a', '--format', '{{.Names}}')).split('\n').sort()
const images = async () => (await quietly('image', 'ls', '--format', '{{.Repository}}')).split('\n').sort()
const start = (name: string) => quietly('start', '-a', name)

describe('after a power failure', () => {
  test('a built image is complete', async () => {
    writeFileSync(join(context(), 'file'), 'changed\n')
    await cutPowerAfter(['build', '-q', '-t', 'new', context()])
    expect(await quietly('run', '--rm', 'new', 'cat', '/data/file', '/data/copy')).toBe('changed\nchanged')
  })

  test('a created container can be started', async () => {
    await cutPowerAfter(['create', '--name', 'new', 'app', 'cat', '/data/copy'])
    expect(await start('new')).toBe('content')
  })

  test('a detached container has ended and can be started again', async () => {
    await cutPowerAfter(['run', '-d', '--name', 'new', 'app', 'sh', '-c', 'cat /data/copy; sleep 0.5'])
    expect(await containers()).toEqual(['new', 'old'])
    expect(await start('new')).toContain('content')
  })

  test('a container keeps its new name', async () => {
    await cutPowerAfter(['rename', 'old', 'renamed'])
    expect(await containers()).toEqual(['renamed'])
  })

  test('changed limits are kept', async () => {
    await cutPowerAfter(['update', '--pids-limit', '77', 'old'])
    expect(await quietly('inspect', '-f', '{{.HostConfig.PidsLimit}}', 'old')).toBe('77')
  })

  test('a committed image is complete', async () => {
    await cutPowerAfter(['run', '--name', 'new', 'app', 'touch', '/made'], ['commit', 'new', 'committed'])
    expect(await quietly('run', '--rm', 'committed', 'ls', '/made')).toBe('/made')
  })

  test('a created volume exists', async () => {
    await cutPowerAfter(['volume', 'create', 'new'])
    expect(await quietly('volume', 'ls', '-q', '-f', 'name=new')).toBe('new')
  })

  test('a volume has the files of the image, also if its container removed itself', async () => {
    await cutPowerAfter(['run', '--rm', '-v', 'new:/data', 'app', 'true'])
    expect(await quietly('run', '--rm', '-v', 'new:/data', 'busybox', 'cat', '/data/file', '/data/copy')).toBe(
      'content\ncontent',
    )
  })

  test('nothing is left of a container that would have removed itself', async () => {
    await cutPowerAfter(['run', '-d', '--rm', 'app', 'sleep', '100'])
    expect(await containers()).toEqual(['old'])
    expect((await quietly('volume', 'ls', '-q')).split('\n').length).toBe(1)
  })

  test('removed containers, images and tags stay removed', async () => {
    await tsbuild.ok('tag', 'app', 'again')
    await cutPowerAfter(['rm', 'old'], ['rmi', 'again'])
    expect(await containers()).toEqual([''])
    expect(await images()).toEqual(['app', 'busybox'])
  })
})
