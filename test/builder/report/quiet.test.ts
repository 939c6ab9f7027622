import { expect, test } from 'vitest'
import type { BuildEvent } from '../../../builder/index.ts'
import { createReport } from '../../../builder/report/create-report.ts'

async function show(events: readonly BuildEvent[]): Promise<string> {
  const texts: string[] = []
  const report = await createReport({ mode: 'quiet', target: { write: (text) => texts.push(text) }, env: {} })
  for (const event of events) report.event(event)
  report.end()
  return texts.join('')
}

const log = (step: string, text: string): BuildEvent => ({ kind: 'step-log', step, stream: 'stderr', text, atMs: 1500 })

test('prints the last lines of a failed step only', async () => {
  const events: readonly BuildEvent[] = [
    { kind: 'step-started', step: 'a', atMs: 1000 },
    log('a', 'unimportant\n'),
    { kind: 'step-done', step: 'a', atMs: 2000 },
    { kind: 'step-started', step: 'b', atMs: 1000 },
    log('b', 'compiling\nerror: no such crate'),
  ]
  expect(await show(events)).toBe('')
  expect(await show([...events, { kind: 'step-failed', step: 'b', message: 'it failed', atMs: 2000 }])).toBe(
    '------\n > b:\n0.500 compiling\n1.000 error: no such crate\n------\n',
  )
})
