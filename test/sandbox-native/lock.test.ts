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

test('lock() keeps others out until the descriptor is closed', async () => {
  const { trees } = openNative()
  const mine = openSync(join(directory, 'lock'), 'w')
  const other = openSync(join(directory, 'lock'), 'w')
  try {
    expect(await trees.lock(mine, 'exclusive', false)).toEqual({ locked: true })
    expect(await trees.lock(other, 'shared', true)).toEqual({ locked: false })
    closeSync(mine)
    expect(await trees.lock(other, 'shared', true)).toEqual({ locked: true })
  } finally {
    closeSync(other)
  }
})
