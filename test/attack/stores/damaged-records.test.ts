import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await temporaryContainers()
})

/** Torn by a power failure, or rewritten by someone with write access to the store. */
describe.each([
  ['cut off', (text: string) => text.slice(0, 100)],
  ['of another container', (text: string) => text.replace(/"id":"[0-9a-f]{64}"/, `"id":"${'0'.repeat(64)}"`)],
  ['with a command that is not a list', (text: string) => text.replace('"command":[', '"command":1,"x":[')],
])('a container whose config.json is %s', (_, damage) => {
  test('is reported, does not hide others, and can be removed with --force', async () => {
    const { containers, store } = engine
    const sound = await containers.create({ image: 'busybox', name: 'sound' })
    const { id } = await runToEnd(containers, { command: ['true'], name: 'damaged' })
    const file = join(store.root, 'containers', id, 'config.json')
    writeFileSync(file, damage(readFileSync(file, 'utf8')))
    expect((await containers.list({ all: true })).map(({ name }) => name)).toEqual(['sound'])
    await expect(containers.remove('damaged')).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' })
    await containers.remove('damaged', { force: true })
    await containers.remove(sound.id)
    await containers.prune()
    expect(readdirSync(join(store.root, 'containers'))).toEqual(['.names'])
    expect(readdirSync(join(store.root, 'containers/.names'))).toEqual([])
  })
})

test.each(['mkfifo', 'mkdir'])('the result of %s in place of a record counts as damage', async (command) => {
  const { containers, store } = engine
  const { id } = await containers.create({ image: 'busybox', name: 'odd' })
  const { id: ended } = await runToEnd(containers, { command: ['true'], name: 'ended' })
  await containers.volumes.create({ name: 'odd' })
  for (const record of [`containers/${id}/config.json`, `containers/${ended}/state.json`, 'volumes/odd/volume.json']) {
    rmSync(join(store.root, record))
    execFileSync(command, [join(store.root, record)])
  }
  // A container with a damaged state is shown as created.
  expect((await containers.list({ all: true })).map(({ name }) => name)).toEqual(['ended'])
  expect(await containers.volumes.list()).toEqual([])
  await containers.remove('odd', { force: true })
  await containers.remove('ended', { force: true })
  await containers.volumes.remove('odd', { force: true })
})

describe.each([
  ['cut off', '{"createdAt":'],
  ['without its labels', '{"createdAt":"2026-01-01T00:00:00Z","labels":null,"isAnonymous":false}'],
])('a volume whose volume.json is %s', (_, text) => {
  test('is reported, does not hide others, and can be removed with --force', async () => {
    const { containers, store } = engine
    await containers.volumes.create({ name: 'sound' })
    await containers.volumes.create({ name: 'damaged' })
    writeFileSync(join(store.root, 'volumes/damaged/volume.json'), text)
    expect((await containers.volumes.list()).map(({ name }) => name)).toEqual(['sound'])
    await expect(containers.volumes.remove('damaged')).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' })
    await containers.volumes.remove('damaged', { force: true })
    await containers.volumes.prune({ all: true })
    expect(readdirSync(join(store.root, 'volumes'))).toEqual([])
  })
})

test('a pipe in place of the lock is an error, without waiting', async () => {
  const { store } = engine
  const file = join(store.root, 'lock')
  rmSync(file)
  execFileSync('mkfifo', [file])
  await expect(store.lock('exclusive', { tryOnly: true })).rejects.toMatchObject({ code: 'STORE_IO' })
  rmSync(file)
})

test('a pipe in place of a blob is an error, without waiting', async () => {
  const { store } = engine
  const { digest, size } = await store.blobs.putBytes(Buffer.from('a blob'))
  rmSync(store.blobs.path(digest))
  execFileSync('mkfifo', [store.blobs.path(digest)])
  const blob = { mediaType: 'application/octet-stream', digest, size }
  await expect(store.blobs.open(blob).toArray()).rejects.toMatchObject({ code: 'STORE_SIZE_MISMATCH' })
  rmSync(store.blobs.path(digest))
})
