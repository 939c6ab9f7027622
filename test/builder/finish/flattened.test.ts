import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { exportLocal } from '../../../builder/finish/to-local.ts'
import { exportTar } from '../../../builder/finish/to-tar.ts'
import type { Chain, LayerStore } from '../../../layer-store/index.ts'
import { openNative } from '../../../sandbox-native/driver/index.ts'
import { busyboxImage } from '../../images/archives/busybox-image.ts'
import { temporaryRoot, temporaryStore } from '../../layer-store/temporary-store.ts'

const { trees } = openNative()

describe('exportLocal()', () => {
  test('writes the merged content of the layers', async () => {
    const { store, chain } = await start()
    const destination = join(await temporaryRoot(), 'deep', 'out')
    await exportLocal({ store, trees, chain, destination })
    expect((await readdir(destination)).sort()).toEqual(['bin', 'hello'])
    expect(await readFile(join(destination, 'bin/busybox'))).toEqual(await readFile('/bin/busybox'))
    expect((await stat(join(destination, 'bin/busybox'))).mode & 0o777).toBe(0o755)
    expect(await readlink(join(destination, 'bin/sh'))).toBe('busybox')
  })

  test('keeps other files in the directory', async () => {
    const { store, chain } = await start()
    const destination = await temporaryRoot()
    await mkdir(join(destination, 'bin'))
    await writeFile(join(destination, 'bin/mine'), 'mine')
    await writeFile(join(destination, 'hello'), 'older')
    await exportLocal({ store, trees, chain, destination })
    expect(await readFile(join(destination, 'bin/mine'), 'utf8')).toBe('mine')
    expect(await readFile(join(destination, 'hello'), 'utf8')).toBe('hello')
  })

  test('reports a destination that is a file', async () => {
    const { store, chain } = await start()
    const destination = join(await temporaryRoot(), 'file')
    await writeFile(destination, '')
    const failure = expect(exportLocal({ store, trees, chain, destination })).rejects
    await failure.toMatchObject({ code: 'ARCHIVE_WRITE_FAILED', message: expect.stringContaining(destination) })
  })
})

describe('exportTar()', () => {
  test('writes a tar without whiteouts', async () => {
    const { store, chain } = await start()
    const destination = join(await temporaryRoot(), 'out.tar')
    await exportTar({ store, trees, parts: [{ chain }], destination })
    expect(namesIn(await readFile(destination))).toEqual(['bin/', 'bin/busybox', 'bin/sh', 'hello'])
    expect(execFileSync('tar', ['-xOf', destination, 'hello'], { encoding: 'utf8' })).toBe('hello')
  })

  test('writes to a stream and leaves no temporary file', async () => {
    const { store, chain } = await start()
    const output = new PassThrough()
    const chunks: Buffer[] = []
    output.on('data', (chunk: Buffer) => chunks.push(chunk))
    await exportTar({ store, trees, parts: [{ chain }], destination: output })
    expect(output.writableEnded).toBe(false)
    expect(namesIn(Buffer.concat(chunks))).toContain('hello')
    expect(await readdir(join(store.root, 'tmp'))).toEqual([])
  })

  test('writes into a device instead of replacing it', async () => {
    const { store, chain } = await start()
    await exportTar({ store, trees, parts: [{ chain }], destination: '/dev/null' })
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
  })

  test('keeps an existing file if it fails', async () => {
    const { store, chain } = await start()
    const destination = join(await temporaryRoot(), 'out.tar')
    await writeFile(destination, 'older')
    await store.layers.trees(chain)
    rmSync(join(store.root, 'layers', chain[1] ?? ''), { recursive: true })
    await expect(exportTar({ store, trees, parts: [{ chain }], destination })).rejects.toMatchObject({
      code: 'STORE_LAYER_MISSING',
    })
    expect(await readFile(destination, 'utf8')).toBe('older')
    expect(await readdir(join(destination, '..'))).toEqual(['out.tar'])
  })
})

/** The busybox image with an additional layer that removes a file. */
async function start(): Promise<{ store: LayerStore; chain: Chain }> {
  const store = await temporaryStore()
  const image = await busyboxImage(store, trees)
  const draft = await store.layers.draft()
  execFileSync('mknod', [join(draft.tree, 'etc'), 'c', '0', '0'])
  const { id } = await store.layers.commitTree(draft)
  return { store, chain: [...image.chain, id] }
}

function namesIn(tar: Buffer): string[] {
  return execFileSync('tar', ['-t'], { input: tar, encoding: 'utf8' }).trim().split('\n').sort()
}
