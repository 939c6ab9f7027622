import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openNative } from '../../sandbox-native/driver/index.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tsbuild-lock-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

test('lock() excludes others until the descriptor is closed', async () => {
  const { trees } = openNative()
  const mine = openSync(join(directory, 'lock'), 'w')
  const other = openSync(join(directory, 'lock'), 'w')
  try {
    expect(await trees.lock(mine, { mode: 'exclusive', tryOnly: false })).toEqual({ locked: true })
    expect(await trees.lock(other, { mode: 'shared', tryOnly: true })).toEqual({ locked: false })
    closeSync(mine)
    expect(await trees.lock(other, { mode: 'shared', tryOnly: true })).toEqual({ locked: true })
  } finally {
    closeSync(other)
  }
})

test('a waiting lock() can be aborted, and does not take the lock', async () => {
  const { trees } = openNative()
  const [mine, other] = [openSync(join(directory, 'lock'), 'w'), openSync(join(directory, 'lock'), 'w')]
  const cancel = new AbortController()
  try {
    await trees.lock(mine, { mode: 'exclusive', tryOnly: false })
    const waiting = trees.lock(other, { mode: 'exclusive', tryOnly: false }, cancel.signal)
    cancel.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'SANDBOX_ABORTED' })
    closeSync(other)
    closeSync(mine)
    const third = openSync(join(directory, 'lock'), 'w')
    expect(await trees.lock(third, { mode: 'exclusive', tryOnly: true })).toEqual({ locked: true })
    closeSync(third)
  } finally {
    cancel.abort()
  }
})
