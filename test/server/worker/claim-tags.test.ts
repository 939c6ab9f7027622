import { beforeAll, expect, test } from 'vitest'
import { findBuild } from '../../../server/state/builds.ts'
import type { Database } from '../../../server/state/database.ts'
import { claimTags } from '../../../server/worker/claim-tags.ts'
import { useDebianDatabase } from '../support/debian-database.ts'

const opened = useDebianDatabase()
let database: Database

beforeAll(async () => {
  database = opened()
  await database.query(`insert into workers (id, host, slots) values ('alive', 'a', 2), ('dead', 'b', 2)`)
  await database.query(`update workers set seen_at = now() - interval '1 minute' where id = 'dead'`)
})

async function running(worker: string, trigger: object = { kind: 'webhook' }): Promise<number> {
  const { rows } = await database.query<{ id: number }>(
    `insert into builds (project, state, trigger, ref, worker) values ('app', 'running', $1, 'refs/heads/main', $2) returning id`,
    [trigger, worker],
  )
  return rows[0]?.id ?? 0
}
const claim = async (build: number, ...references: string[]) =>
  claimTags({ database }, await findBuild(database, build), { references, signal: new AbortController().signal })

test('a build waits until an older one has set the tags that both set, and not for one whose worker died', async () => {
  const older = await running('alive')
  const newer = await running('alive')
  expect(await claim(older, 'r/app:a', 'r/app:main')).toEqual(['r/app:a', 'r/app:main'])
  expect(await claim(newer, 'r/app:b')).toEqual(['r/app:b'])
  let isDone = false
  const waiting = claim(newer, 'r/app:b', 'r/app:main').finally(() => {
    isDone = true
  })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect(isDone).toBe(false)
  await database.query(`update builds set state = 'succeeded' where id = $1`, [older])
  expect(await waiting).toEqual(['r/app:b', 'r/app:main'])
  const retry = await running('alive', { kind: 'retry', retryOf: older })
  expect(await claim(retry, 'r/app:a', 'r/app:main')).toEqual(['r/app:a'])

  const abandoned = await running('dead')
  const next = await running('alive')
  expect(await claim(abandoned, 'r/app:dead')).toEqual(['r/app:dead'])
  expect(await claim(next, 'r/app:dead')).toEqual(['r/app:dead'])
  await database.query('delete from builds where id = $1', [next])
  expect(await claim(abandoned, 'r/app:dead')).toEqual(['r/app:dead'])
})
