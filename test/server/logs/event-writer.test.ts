import { beforeAll, expect, test } from 'vitest'
import type { BuildEvent } from '../../../engine/index.ts'
import { openEventWriter } from '../../../server/logs/event-writer.ts'
import { readEvents, readSteps } from '../../../server/logs/read-events.ts'
import { readLog } from '../../../server/logs/read-log.ts'
import type { Database, Queries } from '../../../server/state/database.ts'
import { useDebianDatabase } from '../support/debian-database.ts'

const opened = useDebianDatabase()
let database: Database

beforeAll(() => {
  database = opened()
})

async function newBuild(): Promise<number> {
  const { rows } = await database.query<{ id: number }>(
    `insert into builds (project, trigger, ref) values ('app', '{}', 'refs/heads/main') returning id`,
  )
  return rows[0]?.id ?? 0
}
const open = (build: number, attempt: number) =>
  openEventWriter(database, { build, attempt, secrets: [], maxLogBytes: 1 << 20 })
async function startAttempt(build: number, attempt: number) {
  await database.query('update builds set attempt = $2 where id = $1', [build, attempt])
  return open(build, attempt)
}
async function record(build: number, attempt: number, events: readonly BuildEvent[]): Promise<void> {
  const writer = await startAttempt(build, attempt)
  for (const event of events) writer.add(event)
  await writer.close()
}
const logOf = async (build: number, step: string): Promise<string> =>
  (await readLog(database, { build, step, ended: true }, { offset: 0, limit: 1 << 20 })).text

const planned: BuildEvent = {
  kind: 'planned',
  steps: ['a', 'b'].map((id) => ({ id, name: `RUN ${id}`, inputs: [], platform: undefined })),
} as unknown as BuildEvent
const started = (step: string): BuildEvent => ({ kind: 'step-started', step, atMs: 1 }) as BuildEvent
const done = (step: string): BuildEvent => ({ kind: 'step-done', step, atMs: 2 }) as BuildEvent
const cached = (step: string): BuildEvent => ({ kind: 'step-cached', step, atMs: 3 }) as BuildEvent
const failed = (step: string): BuildEvent => ({ kind: 'step-failed', step, atMs: 3, message: 'no' }) as BuildEvent
const log = (step: string, text: string): BuildEvent => ({ kind: 'step-log', step, text, atMs: 1 }) as BuildEvent

test('a retry keeps the log of a cached step, and replaces that of a step that runs again', async () => {
  const build = await newBuild()
  const half = 'a line\n'.repeat(15_000) // more than a segment
  await record(build, 1, [
    planned,
    started('a'),
    log('a', half),
    log('a', half),
    done('a'),
    started('b'),
    log('b', 'first\n'),
    failed('b'),
  ])
  await record(build, 2, [planned, cached('a'), started('b'), log('b', 'second\n'), failed('b')])
  expect(await logOf(build, 'a')).toBe(half + half)
  expect(await logOf(build, 'b')).toBe('second\n')
  // Readers see a step before its log, and event numbers have no gaps.
  await record(build, 3, [planned, cached('a'), started('b'), done('b')])
  expect(await logOf(build, 'a')).toBe(half + half)
  expect(await logOf(build, 'b')).toBe('')
  const events = await readEvents(database, build, { after: 0, limit: 200 })
  expect(events.map(({ kind }) => kind)).toEqual(['restarted', 'planned', 'step', 'log', 'log', 'step', 'step'])
  const { steps } = await readSteps(database, build)
  expect(steps.map(({ state, logLines }) => [state, logLines])).toEqual([
    ['cached', 30_000],
    ['succeeded', 0],
  ])
})

test('an attempt that lost its build writes no more, and does not use event numbers of the next attempt', async () => {
  const build = await newBuild()
  const lost = await open(build, 1)
  lost.add(planned)
  lost.add(started('a'))
  const next = await startAttempt(build, 2)
  lost.add(log('a', 'of the lost attempt\n'))
  await lost.close()
  for (const event of [planned, started('a'), log('a', 'of the next\n'), done('a')]) next.add(event)
  await next.close()
  expect(await logOf(build, 'a')).toBe('of the next\n')
  expect((await readSteps(database, build)).steps[0]).toMatchObject({ state: 'succeeded' })
})

test('steps are read consistently with the number of their last event', async () => {
  const build = await newBuild()
  const writer = await open(build, 1)
  for (const event of [planned, started('a'), log('a', 'a line\n')]) writer.add(event)
  let asked = 0
  const queries: Queries = {
    notify: database.notify,
    query: async (text, values) => {
      asked += 1
      if (asked === 2) await writer.close() // a build writes between the two queries
      return database.query(text, values)
    },
  }
  const { steps, seq } = await readSteps(queries, build)
  await writer.close()
  const later = await readEvents(database, build, { after: seq, limit: 200 })
  const announced = later.flatMap((event) => (event.kind === 'planned' ? event.steps : []))
  expect([...steps, ...announced].map(({ id }) => id)).toEqual(['a', 'b'])
})

test('texts that the database cannot store are replaced, texts of escapes are kept', async () => {
  const build = await newBuild()
  const name = 'RUN printf "\\u0000 \\\\u0000 \\ud800" \0 \ud83d 😀'
  const step = { id: 'a', name, inputs: [], platform: undefined }
  await record(build, 1, [{ kind: 'planned', steps: [step], atMs: 1 } as unknown as BuildEvent])
  const { steps } = await readSteps(database, build)
  expect(steps[0]?.name).toBe('RUN printf "\\u0000 \\\\u0000 \\ud800" \ufffd \ufffd 😀')
})

test('a log that cannot be written is reported when the writer is closed, and not before', async () => {
  const build = await newBuild()
  const query = () => Promise.reject(new Error('a fault of the database'))
  const options = { build, attempt: 1, secrets: [], maxLogBytes: 1 << 20 }
  const writer = await openEventWriter({ ...database, query }, options)
  writer.add(planned)
  await new Promise((resolve) => setTimeout(resolve, 300)) // an unhandled rejection would fail this test
  await expect(writer.close()).rejects.toThrow('a fault of the database')
})
