import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

let engine: TestEngine
const room = temporaryDirectory('volume')
beforeAll(async () => {
  engine = await temporaryContainers()
  writeFileSync(join(room, 'on-host'), 'host\n')
})

const bind = (device: string, o = 'bind') => ({ type: 'none', o, device })
const run = (volume: string, command: string) =>
  runToEnd(engine.containers, {
    autoRemove: true,
    mounts: [parseVolumeFlag(volume)],
    command: ['sh', '-c', command],
  })

describe('a volume with the option o=bind', () => {
  test('uses the host directory, which is kept when the volume is removed', async () => {
    const { volumes } = engine.containers
    await volumes.create({ name: 'shown', options: bind(room) })
    expect((await run('shown:/v', 'cat /v/on-host; echo in > /v/from-inside')).stdout).toBe('host\n')
    await volumes.remove('shown')
    expect(readFileSync(join(room, 'from-inside'), 'utf8')).toBe('in\n')
    expect(await volumes.list()).toEqual([])
  })

  test("is filled with the image's content if it is empty", async () => {
    const empty = join(room, 'empty')
    mkdirSync(empty)
    const { ino } = statSync(empty)
    await engine.containers.volumes.create({ name: 'filled', options: bind(empty) })
    await run('filled:/data', 'true')
    expect(readdirSync(empty)).toEqual(['from-image'])
    expect(statSync(empty).ino).toBe(ino)
  })

  test('can be read-only, and must exist', async () => {
    const { volumes } = engine.containers
    await volumes.create({ name: 'locked', options: bind(room, 'bind,ro') })
    expect((await run('locked:/v', 'echo > /v/no')).stderr).toContain('Read-only')
    await volumes.create({ name: 'nowhere', options: bind(join(room, 'nowhere')) })
    await expect(run('nowhere:/v', 'true')).rejects.toMatchObject({ message: expect.stringContaining('nowhere') })
  })
})

describe('a tmpfs volume', () => {
  beforeAll(async () => {
    const options = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,mode=0750,uid=1000,gid=1000' }
    await engine.containers.volumes.create({ name: 'memory', options })
  })

  test('has its size, mode and owner, and is empty at each start', async () => {
    const look = 'ls -A /v; df -k /v | tail -1 | awk "{print \\$2}"; stat -c "%a %u:%g" /v; echo x > /v/left'
    for (let time = 0; time < 2; time++) expect((await run('memory:/v', look)).stdout).toBe('1024\n750 1000:1000\n')
  })

  test('can be used by one container at a time', async () => {
    const { containers } = engine
    const mounts = [parseVolumeFlag('memory:/v')]
    const spec = { image: 'busybox', network: 'none', mounts, command: ['sleep', '1000'] }
    await containers.run({ ...spec, name: 'owner' })
    await expect(containers.run({ ...spec, name: 'second' })).rejects.toMatchObject({ code: 'VOLUME_IN_USE' })
    await containers.remove('owner', { force: true })
    await containers.start('second')
    await containers.remove('second', { force: true })
  })
})

const refused: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['nfs', { type: 'nfs', device: ':/x', o: 'addr=192.0.2.1' }, 'type "nfs"'],
  ['a block device', { type: 'ext4', device: '/dev/sda1' }, 'type "ext4"'],
  ['a size', { size: '10m' }, 'no quota support'],
  ['an unknown option', { colour: 'red' }, 'invalid option: "colour"'],
  ['no device', { type: 'tmpfs' }, 'missing required option: "device"'],
  ['no type', { device: '/tmp' }, 'missing required option: "type"'],
  ['a relative device', bind('here'), 'relative path'],
  ['an unknown flag', bind('/tmp', 'bind,sparkling'), 'sparkling'],
  ['a size that is none', { type: 'tmpfs', device: 'tmpfs', o: 'size=much' }, 'size=much'],
]
test.each(refused)('%s is refused with the reason, and nothing is created', async (_, options, reason) => {
  const creating = engine.containers.volumes.create({ name: 'refused', options })
  await expect(creating).rejects.toMatchObject({
    code: 'CONTAINER_BAD_OPTION',
    message: expect.stringContaining(reason),
  })
  await expect(engine.containers.volumes.get('refused')).rejects.toMatchObject({ code: 'VOLUME_MISSING' })
})

test('prune() filters by labels', async () => {
  const { volumes } = engine.containers
  await volumes.prune({ all: true })
  for (const [name, labels] of Object.entries({ one: { keep: '1' }, two: { keep: '2' }, none: {} })) {
    await volumes.create({ name, labels: labels as Record<string, string> })
  }
  expect((await volumes.prune()).deleted).toEqual([])
  expect((await volumes.prune({ all: true, labels: ['keep=1'] })).deleted).toEqual(['one'])
  expect((await volumes.prune({ all: true, withoutLabels: ['keep'] })).deleted).toEqual(['none'])
  expect((await volumes.prune({ all: true, labels: ['keep'] })).deleted).toEqual(['two'])
})
