import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DigestState } from '../../../sandbox-native/driver/index.ts'
import { trees, workspace } from '../../support/trees.ts'

const bytes = randomBytes((9 << 20) + 17)
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`

test('a file is hashed while it grows, and intermediate states are reported', async () => {
  const path = join(workspace(), 'blob')
  writeFileSync(path, '')
  const states: DigestState[] = []
  const followed = trees.followBlob({ path }, (state) => states.push(state))
  for (let end = 0; end < bytes.length; end += 1_000_003) {
    appendFileSync(path, bytes.subarray(end, end + 1_000_003))
    followed.grow(Math.min(end + 1_000_003, bytes.length))
  }
  expect(await followed.finish()).toEqual({ digest, sizeBytes: bytes.length })
  expect(states.length).toBeGreaterThanOrEqual(2)
  expect(states.every(({ position }) => position % 64 === 0)).toBe(true)
  expect(states.at(-1)?.position).toBe(bytes.length - (bytes.length % 64))
})

test('another process resumes from a state, and reads nothing before it', async () => {
  const path = join(workspace(), 'blob')
  const stop = 5 << 20
  writeFileSync(path, bytes.subarray(0, stop))
  const states: DigestState[] = []
  const first = trees.followBlob({ path }, (state) => states.push(state))
  first.grow(stop)
  await first.abandon()
  const from = states.at(-1)
  expect(from?.position).toBe(stop)
  writeFileSync(path, Buffer.concat([Buffer.alloc(stop), bytes.subarray(stop)])) // its beginning is gone
  const second = trees.followBlob({ path, ...(from && { from }) }, () => {})
  second.grow(bytes.length)
  expect(await second.finish()).toEqual({ digest, sizeBytes: bytes.length })
})

test('a file that is shorter than announced is an error, but stopping is not', async () => {
  const path = join(workspace(), 'blob')
  writeFileSync(path, bytes.subarray(0, 1000))
  const followed = trees.followBlob({ path }, () => {})
  followed.grow(2000)
  await expect(followed.finish()).rejects.toMatchObject({ code: 'TREE_READ' })
  await followed.abandon()
  await trees.followBlob({ path: `${path}-missing` }, () => {}).abandon()
})
