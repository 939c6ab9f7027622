import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPieceWriter } from '../../registry/pull/piece-writer.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piece-writer-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('createPieceWriter() preserves order, and writes few large pieces', async () => {
  const path = join(folder, 'file')
  const file = await open(path, 'a+')
  const bytes = randomBytes(5 << 20)
  let pieces = 0
  let written = 0
  const writer = createPieceWriter(file, (sizeBytes) => {
    pieces += 1
    written += sizeBytes
    expect(readFileSync(path)).toHaveLength(written)
  })
  for (let start = 0; start < bytes.length; start += 65_537) await writer.append(bytes.subarray(start, start + 65_537))
  await writer.settle()
  await file.close()
  expect(readFileSync(path).equals(bytes)).toBe(true)
  expect(pieces).toBeLessThan(bytes.length / 65_537 / 2)
})

test('an incomplete piece is written without waiting for more', async () => {
  const path = join(folder, 'file')
  const file = await open(path, 'a+')
  const writer = createPieceWriter(file, () => {})
  await writer.append(Buffer.from('little'))
  await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('little'), { timeout: 10_000 })
  await writer.settle()
  await file.close()
})

test('a failed write fails later appends', async () => {
  const file = await open('/dev/full', 'a')
  const writer = createPieceWriter(file, () => {})
  const piece = Buffer.alloc(1 << 20)
  const all = async () => {
    for (let count = 0; count < 4; count += 1) await writer.append(piece)
  }
  await expect(all()).rejects.toMatchObject({ code: 'ENOSPC' })
  await expect(writer.settle()).rejects.toMatchObject({ code: 'ENOSPC' })
  await file.close()
})
