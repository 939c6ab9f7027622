import { expect, test } from 'vitest'
import { inBatches } from '../../../server/state/in-batches.ts'

test('concurrent requests are combined into one batch, and each caller gets its own result', async () => {
  const batches: number[][] = []
  const double = inBatches<number, number>(3, async (items) => {
    batches.push([...items])
    await new Promise((resolve) => setImmediate(resolve))
    return items.map((item) => item * 2)
  })
  expect(await Promise.all([1, 2, 3, 4].map(double))).toEqual([2, 4, 6, 8])
  expect(batches).toEqual([[1, 2, 3], [4]])
})

test('a failing item does not fail the other items of its batch', async () => {
  const work = inBatches<number, number>(10, async (items) => {
    if (items.includes(2)) throw new Error('two')
    return items
  })
  const results = await Promise.allSettled([1, 2, 3].map(work))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await work(4)).toBe(4)
})

test('while the database is unavailable, a batch fails as a whole, without further attempts', async () => {
  let calls = 0
  const work = inBatches<number, number>(10, async () => {
    calls += 1
    throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  })
  const results = await Promise.allSettled([1, 2, 3].map(work))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(calls).toBe(1)
})
