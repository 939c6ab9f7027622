import { expect, test } from 'vitest'
import { createPlainLog } from '../../../server/logs/plain-log.ts'

const step = (id: string, state: 'waiting' | 'running' | 'succeeded' | 'cached') =>
  ({ kind: 'step', step: { id, name: id, inputs: [], state } }) as const
const planned = {
  kind: 'planned',
  steps: ['FROM busybox', 'RUN one'].map((id) => ({ id, name: id, inputs: [] })),
} as const

test('a base image that a later step reads again has one heading and one result', () => {
  const log = createPlainLog()
  const events = [
    planned,
    step('FROM busybox', 'waiting'),
    ...(['running', 'succeeded'] as const).map((state) => step('FROM busybox', state)),
    step('RUN one', 'running'),
    step('FROM busybox', 'running'),
    { kind: 'log', step: 'RUN one', text: 'text\n' } as const,
    step('FROM busybox', 'succeeded'),
    step('RUN one', 'succeeded'),
  ] as Parameters<typeof log.add>[0][]
  const first = '#1 FROM busybox\n#1 DONE\n#2 RUN one\n#2 text\n#2 DONE\n'
  expect(events.map(log.add).join('')).toBe(first)
  const again = [{ kind: 'restarted', attempt: 2 } as const, planned, step('FROM busybox', 'cached')]
  expect((again as typeof events).map(log.add).join('')).toBe('Attempt 2\n#1 FROM busybox\n#1 CACHED\n')
})
