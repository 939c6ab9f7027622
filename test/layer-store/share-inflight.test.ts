import { expect, test } from 'vitest'
import { createSharedWork } from '../../layer-store/files/share-inflight.ts'

test('equal work runs once, and every caller gets the result', async () => {
  const work = createSharedWork<number>()
  let runs = 0
  const job = async () => {
    runs += 1
    return runs
  }
  expect(await Promise.all([work.run('a', job), work.run('a', job), work.run('b', job)])).toEqual([1, 1, 2])
  expect(await work.run('a', job)).toBe(3)
})

test('work continues while one caller waits, and is aborted with the last', async () => {
  const work = createSharedWork<void>()
  const [first, second] = [new AbortController(), new AbortController()]
  const seen: AbortSignal[] = []
  const job = (signal: AbortSignal) => {
    seen.push(signal)
    return new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const results = Promise.allSettled([work.run('a', job, first.signal), work.run('a', job, second.signal)])
  first.abort(new Error('first'))
  expect(seen[0]?.aborted).toBe(false)
  second.abort(new Error('second'))
  expect(seen[0]?.aborted).toBe(true)
  expect((await results).map((result) => result.status === 'rejected' && result.reason.message)).toEqual([
    'first',
    'second',
  ])
})

test('a failure is not remembered', async () => {
  const work = createSharedWork<string>()
  await expect(work.run('a', () => Promise.reject(new Error('once')))).rejects.toThrow('once')
  expect(await work.run('a', async () => 'fine')).toBe('fine')
})
