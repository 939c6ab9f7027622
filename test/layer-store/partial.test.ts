import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { digestOf } from '../../image-spec/index.ts'
import { temporaryStore } from './temporary-store.ts'

const digest = digestOf('a blob')
/** A PID that no process has: it is above the kernel's maximum. */
const DEAD = '99999999-1-'

describe('claimPartial()', () => {
  test('returns what was kept to the next claim only', async () => {
    const { blobs } = await temporaryStore()
    const first = blobs.claimPartial(digest)
    await writeFile(first.path, 'half')
    await writeFile(first.statePath, 'state')
    expect(existsSync(blobs.claimPartial(digest).path)).toBe(false) // still in use
    first.keep()
    const second = blobs.claimPartial(digest)
    expect(await readFile(second.path, 'utf8')).toBe('half')
    expect(await readFile(second.statePath, 'utf8')).toBe('state')
    expect(existsSync(blobs.claimPartial(digest).path)).toBe(false)
    expect(existsSync(blobs.claimPartial(digestOf('another')).path)).toBe(false)
  })

  test('takes over everything from a process that died', async () => {
    const { blobs, root } = await temporaryStore()
    const own = blobs.claimPartial(digest).path.split('~')
    const namespace = /^\d+-\d+-(\d+)\./.exec(own[1] ?? '')?.[1]
    const left = `${own[0]}~${DEAD}${namespace}.abc`
    for (const end of ['', '.state', '.state.new']) await writeFile(`${left}${end}`, `left${end}`)
    const claimed = blobs.claimPartial(digest)
    expect(await readFile(claimed.path, 'utf8')).toBe('left')
    expect(await readFile(claimed.statePath, 'utf8')).toBe('left.state')
    claimed.discard()
    expect(await readdir(join(root, 'tmp'))).toEqual([])
  })

  test('survives the clean-up after dead processes, and is removed by a collection', async () => {
    const store = await temporaryStore()
    const partial = store.blobs.claimPartial(digest)
    await writeFile(partial.path, 'half')
    partial.keep()
    await store.layers.abandon(await store.layers.draft())
    expect(await readdir(join(store.root, 'tmp'))).toHaveLength(1)
    await store.prune({ pins: async () => ({}) })
    expect(await readdir(join(store.root, 'tmp'))).toEqual([])
  })
})
