import { expect, test } from 'vitest'
import { type Build, type BuildStep, settledSteps } from '../../../server/index.ts'
import { applyEvent } from '../../../server/web/api/live-build.ts'

const step = (id: string, more: Partial<BuildStep>): BuildStep => {
  return { id, name: id, inputs: [], state: 'waiting', logBytes: 0, logLines: 0, ...more }
}
const steps = [
  step('done', { state: 'succeeded', startedMs: 1000, endedMs: 2000 }),
  step('running', { state: 'running', startedMs: 1500 }),
  step('waiting', {}),
]
const endedAt = new Date(5000).toISOString()

test('steps that a failed build stopped or never started are cancelled, and their time ends with the build', () => {
  const [done, running, waiting] = settledSteps(steps, { endedAt })
  expect(done).toBe(steps[0])
  expect(running).toMatchObject({ state: 'cancelled', startedMs: 1500, endedMs: 5000 })
  expect(waiting).toEqual({ ...steps[2], state: 'cancelled' })
})

test('steps of a running build do not change, also on an open page, until the build ends', () => {
  expect(settledSteps(steps, {})).toBe(steps)
  const view = { build: { state: 'running' } as Build, steps, warnings: [] }
  expect(applyEvent(view, { kind: 'build', seq: 9, build: view.build }).steps).toBe(steps)
  const ended = { ...view.build, state: 'failed', endedAt } as const
  expect(applyEvent(view, { kind: 'build', seq: 9, build: ended }).steps.map(({ state }) => state)).toEqual([
    'succeeded',
    'cancelled',
    'cancelled',
  ])
})
