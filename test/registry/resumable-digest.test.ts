import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDigestState, startDigest } from '../../registry/pull/resumable-digest.ts'

test('a digest that is saved between two blocks and taken up again ends as if it had never stopped', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(5000), (blocks, rest) => {
      const bytes = randomBytes(blocks * 64 + rest)
      const first = startDigest()
      first.update(bytes.subarray(0, blocks * 64))
      const state = parseDigestState(JSON.parse(JSON.stringify(first.save())))
      const second = startDigest(state)
      expect(second.position).toBe(blocks * 64)
      second.update(bytes.subarray(blocks * 64))
      expect(second.finish()).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
    }),
    { numRuns: 30 },
  )
})

test('what is not a state is not taken for one', () => {
  const words = [1, 2, 3, 4, 5, 6, 7, 8]
  expect(parseDigestState({ position: 64, words })).toEqual({ position: 64, words })
  for (const state of [
    undefined,
    null,
    {},
    { position: 63, words },
    { position: -64, words },
    { position: 64, words: [1] },
  ]) {
    expect(parseDigestState(state)).toBeUndefined()
  }
  expect(parseDigestState({ position: 64, words: [...words.slice(1), 2 ** 40] })).toBeUndefined()
})
