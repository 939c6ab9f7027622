import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { beforeAll, expect, test } from 'vitest'
import { openContainers } from '../../../container/index.ts'
import { createSink, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'
import { rawTar } from '../../support/raw-tar.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const room = temporaryDirectory('attack-copy')
const secret = join(room, 'secret')
const trap = join(room, 'trap')
let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
  mkdirSync(trap)
  writeFileSync(secret, 'of the host\n')
  await engine.containers.run({ image: 'busybox', network: 'none', name: 'evil', command: ['sleep', '1000'] })
  await inside(`mkdir -p ${room}/trap /data/up; echo of the container > ${secret}
    ln -s ${room} /data/absolute; ln -s ../../../../../../../../..${room} /data/relative; ln -s /proc/1/root /data/magic
    ln -s /proc/self/cwd /data/cwd; ln -s ${secret} /data/link; ln -s loop /data/loop`)
})

async function inside(command: string): Promise<string> {
  let text = ''
  const output = (_: string, chunk: Buffer) => {
    text += chunk.toString()
  }
  await engine.containers.exec('evil', { argv: ['sh', '-c', command] }, { output })
  return text
}

test.each(['/data/absolute/secret', '/data/relative/secret', `/../../..${secret}`])(
  'cp reads and writes %s in the container, not on the host',
  async (path) => {
    const { containers } = engine
    await containers.copyFrom('evil', { path, to: join(room, 'got') })
    expect(readFileSync(join(room, 'got'), 'utf8')).toBe('of the container\n')
    await containers.copyTo('evil', { from: join(room, 'got'), path: path.replace('secret', 'trap') })
    expect(readdirSync(trap)).toEqual([])
    expect(await inside(`rm ${room}/trap/got && echo removed`)).toBe('removed\n')
  },
)

test('--follow-link follows a link within the container', async () => {
  await engine.containers.copyFrom('evil', { path: '/data/link', to: join(room, 'followed'), followLink: true })
  expect(readFileSync(join(room, 'followed'), 'utf8')).toBe('of the container\n')
})

test.each(['/data/magic/etc/passwd', '/data/cwd/secret', '/data/loop/x'])(
  'cp cannot read or write %s',
  async (path) => {
    const { containers } = engine
    await expect(containers.copyFrom('evil', { path, to: join(room, 'no') })).rejects.toMatchObject({
      code: expect.stringMatching(/^TREE_/),
    })
    await expect(containers.copyTo('evil', { from: secret, path })).rejects.toMatchObject({
      code: expect.stringMatching(/^TREE_/),
    })
    expect(readFileSync(secret, 'utf8')).toBe('of the host\n')
  },
)

test('an archive cannot write outside of the container, neither by its names nor through its links', async () => {
  const from = (...entries: Parameters<typeof rawTar>[0]) => Readable.from([rawTar(entries)])
  const { containers } = engine
  for (const name of ['../../escaped', 'a/../../escaped'])
    await expect(containers.copyTo('evil', { from: from({ name }), path: '/data' })).rejects.toMatchObject({
      code: 'TREE_ARCHIVE',
    })
  await expect(
    containers.copyTo('evil', { from: from({ name: 'hard', type: '1', link: `../../..${secret}` }), path: '/data' }),
  ).rejects.toMatchObject({ code: 'TREE_ARCHIVE' })
  const link = { name: 'own', type: '2', link: trap } as const
  await containers.copyTo('evil', { from: from(link, { name: 'own/file', data: 'x' }), path: '/data' })
  expect(readdirSync(trap)).toEqual([])
  expect(await inside(`cat ${trap}/file; rm ${trap}/file`)).toBe('x')
})

test('a link at the destination is not followed where a directory is copied', async () => {
  const to = join(room, 'to')
  mkdirSync(join(to, 'tree'), { recursive: true })
  symlinkSync(trap, join(to, 'tree/sub'))
  await inside('mkdir -p /data/tree/sub; echo x > /data/tree/sub/file')
  const copying = engine.containers.copyFrom('evil', { path: '/data/tree', to })
  await expect(copying).rejects.toMatchObject({ code: 'TREE_DESTINATION' })
  expect(readdirSync(trap)).toEqual([])
})

test('devices in a container are not copied to the host', async () => {
  const { store, native } = engine
  const warnings: string[] = []
  const containers = openContainers({ store, native }, { onWarning: (message) => warnings.push(message) })
  await inside('mkdir /data/nodes; cd /data/nodes; mknod disk b 8 0; ln disk again; mkfifo pipe')
  await containers.copyFrom('evil', { path: '/data/nodes', to: join(room, 'nodes') })
  for (const name of ['disk', 'again']) expect(existsSync(join(room, 'nodes', name))).toBe(false)
  const names = `${room}/nodes/again, ${room}/nodes/disk`
  expect(warnings).toEqual([`Device nodes are not copied to the host: ${names}`])
  expect(statSync(join(room, 'nodes/pipe')).isFIFO()).toBe(true)
})

test('a directory that is replaced with a link during the copy does not lead outside', async () => {
  const { containers } = engine
  await inside('mkdir -p /race/real/sub; echo of the container > /race/real/secret')
  await containers.execDetached('evil', {
    argv: ['sh', '-c', `cd /race; while :; do mv real place; mv place real; ln -s ${room} place; rm place; done`],
  })
  const tree = join(room, 'tree-in')
  execFileSync('mkdir', ['-p', join(tree, 'trap')])
  for (const name of ['one', 'two', 'three']) writeFileSync(join(tree, 'trap', name), name)
  let seen = ''
  for (let round = 0; round < 40; round++) {
    const sink = createSink()
    await containers.copyFrom('evil', { path: '/race/place/secret', to: sink }).catch(() => {})
    seen += sink.text()
    expect(seen).not.toContain('of the host')
    await containers.copyTo('evil', { from: `${tree}/.`, path: '/race/place' }).catch(() => {})
    expect(readdirSync(trap)).toEqual([])
  }
  expect(seen).toContain('of the container')
})
