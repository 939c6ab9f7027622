import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { probeMachine } from '../../engine/index.ts'

let room: string

beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'tsbuild-probe-'))
})

afterEach(() => rmSync(room, { recursive: true }))

test('an unusable store fails its check, and the others still run', async () => {
  const root = join(room, 'file')
  writeFileSync(root, '')
  const { checks } = await probeMachine({ root })
  expect(checks.find(({ name }) => name === 'store')).toMatchObject({
    ok: false,
    found: expect.stringContaining('not a directory'),
    hint: expect.stringContaining('--root'),
  })
  expect(checks.find(({ name }) => name === 'kernel')).toMatchObject({ ok: true })
})

test('a usable store has no check', async () => {
  const { checks, root } = await probeMachine({ root: join(room, 'store') })
  expect(checks.map(({ name }) => name)).not.toContain('store')
  expect(root).toBe(join(room, 'store'))
})
