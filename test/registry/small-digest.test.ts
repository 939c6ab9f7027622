import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DigestState } from '../../layer-store/index.ts'
import { parseDigestState } from '../../registry/pull/digest-state.ts'
import { digestSmallBlob } from '../../registry/pull/small-digest.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tsbuild-small-digest-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('an interrupted small download resumes its digest from the saved state', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(5000), fc.nat(5000), async (here, rest) => {
      const path = join(folder, 'blob')
      const bytes = randomBytes(here + rest)
      await writeFile(path, bytes.subarray(0, here))
      let saved: DigestState | undefined
      const first = digestSmallBlob(path, undefined, (state) => {
        saved = state
      })
      await first.abandon()
      const state = parseDigestState(JSON.parse(JSON.stringify(saved)))
      expect(state?.position).toBe(here - (here % 64))
      await writeFile(path, bytes)
      const second = digestSmallBlob(path, state, () => expect.unreachable('the download ended well'))
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      expect(await second.finish()).toEqual({ digest, sizeBytes: bytes.length })
      await second.abandon()
    }),
    { numRuns: 30 },
  )
})
