import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectSettings } from '../../../server/index.ts'
import { type BuildQueue, openBuildQueue } from '../../../server/queue/build-queue.ts'
import { enqueueBuild } from '../../../server/queue/enqueue-build.ts'
import { type Database, openDatabase, type Queries } from '../../../server/state/database.ts'
import { migrate } from '../../../server/state/migrate.ts'
import { type RunningPostgres, startDebianPostgres } from '../support/debian-postgres.ts'

let postgres: RunningPostgres
const databases: Database[] = []
const queues: BuildQueue[] = []

beforeAll(async () => {
  postgres = await startDebianPostgres()
  for (let count = 0; count < 4; count += 1) {
    const database = openDatabase({ connectionString: postgres.url })
    databases.push(database)
    if (count === 0) await migrate(database)
    const options = { leaseSeconds: 30, supervises: false, onError: () => undefined }
    queues.push(await openBuildQueue(database, options))
  }
  await databases[0]?.query(`insert into projects (name, settings, webhook_secret) values ('app', '{}', '')`)
})
afterAll(async () => {
  for (const queue of queues) await queue.stop()
  for (const database of databases) await database.close()
})

const repository = { url: 'https://git.example.com/x' }
const build = (more: object) => ({
  project: 'app',
  settings: v.parse(projectSettings, { repository, ...more }),
  trigger: { kind: 'webhook' } as const,
  ref: 'refs/heads/main',
})
const [first, second] = [0, 1].map((index) => ({
  enqueue: (queries: Queries, more: object = {}) => enqueueBuild(queries, queues[index] as BuildQueue, build(more)),
  transaction: <T>(work: (queries: Queries) => Promise<T>) => (databases[index] as Database).transaction(work),
})) as [Side, Side]

interface Side {
  enqueue(queries: Queries, more?: object): Promise<number>
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>
}

test('workers that look for builds at the same time run no more builds of a project than it allows', async () => {
  for (let round = 0; round < 10; round += 1) {
    await first.transaction(async (queries) => {
      for (let count = 0; count < 8; count += 1) await first.enqueue(queries, { supersede: false, concurrency: 2 })
    })
    const taken = await Promise.all([...queues, ...queues, ...queues].map((queue) => queue.take()))
    expect(taken.filter((job) => job !== undefined).length).toBe(2)
    await databases[0]?.query(`delete from pgboss.job where name = 'build'`)
    await databases[0]?.query('delete from builds')
  }
})

test('of two pushes that two servers receive at the same time, the second supersedes the first', async () => {
  let commit = (): void => undefined
  const isDue = new Promise<void>((resolve) => {
    commit = resolve
  })
  let [older, newer]: (Promise<number> | undefined)[] = []
  await new Promise<void>((resolve) => {
    older = first.transaction(async (queries) => {
      const id = await first.enqueue(queries)
      resolve()
      await isDue
      return id
    })
  })
  newer = second.transaction((queries) => second.enqueue(queries))
  await new Promise((resolve) => setTimeout(resolve, 300))
  commit()
  const ids = [await older, await newer]
  const { rows } = await (databases[0] as Database).query(
    'select id, state from builds where id = any($1) order by id',
    [ids],
  )
  expect(rows).toEqual([
    { id: ids[0], state: 'superseded' },
    { id: ids[1], state: 'queued' },
  ])
})
