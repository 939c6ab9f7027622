import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBusySteps } from '../../../builder/run/busy-steps.ts'

beforeEach(() => vi.useFakeTimers({ now: 0 }))
afterEach(() => vi.useRealTimers())

function stage() {
  const events: string[] = []
  const busy = createBusySteps({
    started: (step) => events.push(`${step} started`),
    done: (step, atMs) => events.push(`${step} done ${atMs}`),
  })
  const later = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))
  return { events, busy, later }
}

test('work with short pauses in between is one period', async () => {
  const { events, busy, later } = stage()
  const pull = busy.run('from', () => later(1000))
  expect(busy.isBusy('from')).toBe(true)
  await vi.advanceTimersByTimeAsync(1000)
  await pull
  const unpack = busy.run('from', () => later(500))
  await vi.advanceTimersByTimeAsync(2000)
  await unpack
  expect(events).toEqual(['from started', 'from done 1500'])
  expect(busy.isBusy('from')).toBe(false)
})

test('settle() reports finished work at once, with its time of completion', async () => {
  const { events, busy, later } = stage()
  const work = busy.run('from', () => later(10))
  await vi.advanceTimersByTimeAsync(10)
  await work
  await vi.advanceTimersByTimeAsync(50)
  busy.settle()
  await vi.advanceTimersByTimeAsync(1000)
  expect(events).toEqual(['from started', 'from done 10'])
})

test('failed work is not reported as done', async () => {
  const { events, busy } = stage()
  await expect(busy.run('from', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
  busy.settle()
  await vi.advanceTimersByTimeAsync(1000)
  expect(events).toEqual(['from started'])
})
