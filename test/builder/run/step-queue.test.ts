import { expect, test } from 'vitest'
import { createStepQueue, defaultStepsAtOnce } from '../../../builder/run/step-queue.ts'

test('createStepQueue() limits concurrent steps and reports the others as waiting', async () => {
  const enqueue = createStepQueue(2)
  const waiting: string[] = []
  let running = 0
  let most = 0
  const work = async (): Promise<void> => {
    running += 1
    most = Math.max(most, running)
    await new Promise((done) => setTimeout(done, 5))
    running -= 1
  }
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => enqueue(work, () => waiting.push(name))))
  expect(most).toBe(2)
  expect(waiting).toEqual(['c', 'd'])
})

test('sleeping steps are not limited by the number of CPUs', () => {
  expect(defaultStepsAtOnce()).toBeGreaterThanOrEqual(16)
})
