import { execFileSync } from 'node:child_process'
import { chownSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseTmpfsFlag, parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import type { RunSpec } from '../../../container/index.ts'
import { rawTar } from '../../support/raw-tar.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { createSink, outputOf, runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

const room = temporaryDirectory('copy')
const at = (name: string) => join(room, name)
let engine: TestEngine
const spec: RunSpec = { image: 'busybox', network: 'none' }
beforeAll(async () => {
  engine = await temporaryContainers()
  writeFileSync(at('file'), 'of the host\n', { mode: 0o640 })
  chownSync(at('file'), 1234, 2345)
  const mounts = [
    ...[`${room}:/bound`, `${at('file')}:/bound-file`, 'kept:/volume'].map(parseVolumeFlag),
    parseTmpfsFlag('/memory'),
  ]
  await engine.containers.run({ ...spec, name: 'runs', mounts, command: ['sleep', '1000'] })
})

const inside = (name: string, command: string) => outputOf(engine, name, command)

describe('of a running container', () => {
  test.each(['/data', '/volume', '/memory', '/bound'])(
    '%s is copied as its processes see it, in both directions',
    async (place) => {
      await engine.containers.copyTo('runs', { from: at('file'), path: `${place}/in` })
      expect(await inside('runs', `cat ${place}/in; echo changed > ${place}/in`)).toBe('of the host\n')
      await engine.containers.copyFrom('runs', { path: `${place}/in`, to: at('back') })
      expect(readFileSync(at('back'), 'utf8')).toBe('changed\n')
    },
  )

  test('a mount on a single file is not replaced', async () => {
    for (const path of ['/etc/hosts', '/bound-file']) {
      const copying = engine.containers.copyTo('runs', { from: at('file'), path })
      await expect(copying).rejects.toMatchObject({ code: 'TREE_WRITE', message: expect.stringContaining('busy') })
    }
  })

  test('files of the kernel are not copied', async () => {
    const { containers } = engine
    for (const path of ['/proc/version', '/sys/kernel', '/dev/null']) {
      const copying = containers.copyFrom('runs', { path, to: at('no') })
      await expect(copying).rejects.toMatchObject({ code: 'TREE_MISSING' })
      await expect(containers.copyTo('runs', { from: at('file'), path })).rejects.toMatchObject({
        code: expect.stringMatching(/^TREE_/),
      })
    }
    await expect(containers.copyTo('runs', { from: at('file'), path: '/dev' })).rejects.toMatchObject({
      message: expect.stringContaining('kernel'),
    })
    const sink = createSink()
    await containers.copyFrom('runs', { path: '/', to: sink })
    const names = execFileSync('tar', ['-t'], { input: sink.bytes() }).toString().split('\n')
    expect(names.filter((name) => /^\.\/(proc|sys|dev)\//.test(name))).toEqual(['./dev/', './proc/', './sys/'])
  })
})

describe('of a stopped container', () => {
  test('files and volumes are available, before its first start and after its exit', async () => {
    const { containers } = engine
    const mounts = [parseVolumeFlag('still:/volume')]
    await containers.create({ ...spec, name: 'still', mounts, command: ['cat', '/data/in', '/volume/in'] })
    for (const place of ['/data', '/volume'])
      await containers.copyTo('still', { from: at('file'), path: `${place}/in` })
    const sink = createSink()
    const session = await containers.start('still', { stdout: sink, stderr: sink })
    await session?.ended
    expect(sink.text()).toBe('of the host\n'.repeat(2))
    await containers.copyFrom('still', { path: '/volume/in', to: at('still') })
    expect(readFileSync(at('still'), 'utf8')).toBe('of the host\n')
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(engine.store.root)
  })

  test('a read-only root can be written only in its volumes', async () => {
    const { containers } = engine
    const mounts = [parseVolumeFlag('still:/volume')]
    await containers.create({ ...spec, name: 'locked', readOnly: true, mounts, command: ['true'] })
    await containers.copyTo('locked', { from: at('file'), path: '/volume/locked' })
    const copying = containers.copyTo('locked', { from: at('file'), path: '/data/locked' })
    await expect(copying).rejects.toMatchObject({ message: expect.stringContaining('Read-only') })
  })
})

describe('owners', () => {
  const owner = (name: string, path: string) => inside(name, `stat -c '%u:%g %a' ${path}`)

  test("are kept on copying in, or set to the container's user", async () => {
    const { containers } = engine
    await containers.copyTo('runs', { from: at('file'), path: '/data/kept' })
    await containers.copyTo('runs', { from: at('file'), path: '/data/kept-too', archive: true })
    expect(await owner('runs', '/data/kept /data/kept-too')).toBe('1234:2345 640\n'.repeat(2))
    await containers.run({ ...spec, name: 'web', user: 'web', command: ['sleep', '1000'] })
    await containers.copyTo('web', { from: at('file'), path: '/data/mine', archive: true })
    expect(await owner('web', '/data/mine')).toBe('1000:1000 640\n')
  })

  test('are the caller on copying out, without setuid bits', async () => {
    await inside('runs', 'cd /data; echo > program; chown 1000:1000 program; chmod 6755 program')
    await engine.containers.copyFrom('runs', { path: '/data/program', to: at('program') })
    const { uid, mode } = statSync(at('program'))
    expect([uid, mode & 0o7777]).toEqual([process.getuid?.(), 0o755])
  })
})

describe('as a stream', () => {
  test('a copy to standard output is a tar with the requested name', async () => {
    await inside(
      'runs',
      'mkdir -p /data/tree/sub; ln -s nowhere /data/tree/link; echo x > /data/tree/file; ln /data/tree/file /data/tree/same',
    )
    const sink = createSink()
    const { sizeBytes } = await engine.containers.copyFrom('runs', { path: '/data/tree', to: sink })
    const tar = sink.bytes()
    const listed = execFileSync('tar', ['-tv'], { input: tar, encoding: 'utf8' })
    expect(listed.split('\n').map((line) => line.replace(/^(.).*?\d\d:\d\d /, '$1 '))).toEqual([
      'd tree/',
      '- tree/file',
      'l tree/link -> nowhere',
      'h tree/same link to tree/file',
      'd tree/sub/',
      '',
    ])
    expect(sizeBytes).toBe(tar.length)
  })

  test('a copy from standard input can be compressed, is unpacked in a directory, and creates missing parents', async () => {
    const { containers } = engine
    const tar = gzipSync(
      rawTar([
        { name: 'made/deep/file', data: 'streamed\n' },
        { name: 'made/same', type: '1', link: 'made/deep/file' },
      ]),
    )
    await containers.copyTo('runs', { from: Readable.from([tar.subarray(0, 5), tar.subarray(5)]), path: '/data' })
    expect(await inside('runs', 'cat /data/made/same')).toBe('streamed\n')
    const copying = containers.copyTo('runs', { from: Readable.from([tar]), path: '/data/not-there' })
    await expect(copying).rejects.toMatchObject({ code: 'TREE_DESTINATION' })
  })

  test('a truncated stream is an error', async () => {
    const tar = rawTar([{ name: 'half', data: 'x'.repeat(2000) }]).subarray(0, 1000)
    const copying = engine.containers.copyTo('runs', { from: Readable.from([tar]), path: '/data' })
    await expect(copying).rejects.toMatchObject({ code: 'TREE_ARCHIVE' })
  })
})

test('a directory is merged into an existing one, but not a file into a directory', async () => {
  await inside('runs', 'mkdir -p /data/merge/sub/file; echo old > /data/merge/old')
  execFileSync('mkdir', ['-p', at('merge/sub')])
  writeFileSync(at('merge/new'), 'new\n')
  await engine.containers.copyTo('runs', { from: at('merge'), path: '/data' })
  expect(await inside('runs', 'ls /data/merge')).toBe('new\nold\nsub\n')
  writeFileSync(at('merge/sub/file'), '')
  const copying = engine.containers.copyTo('runs', { from: at('merge'), path: '/data' })
  await expect(copying).rejects.toMatchObject({ code: 'TREE_DESTINATION' })
})

test('a copy leaves nothing in the container', async () => {
  await runToEnd(engine.containers, { ...spec, name: 'clean', command: ['true'] })
  const { directory } = await engine.containers.get('clean')
  const before = readdirSync(join(directory, 'upper'))
  await engine.containers.copyFrom('clean', { path: '/data', to: at('clean') })
  expect(readdirSync(join(directory, 'upper'))).toEqual(before)
  await engine.containers.remove('clean')
})
