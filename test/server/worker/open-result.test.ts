import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../server/state/database.ts'
import { openResult } from '../../../server/worker/open-result.ts'
import { useDebianDatabase } from '../support/debian-database.ts'

const opened = useDebianDatabase()
let database: Database

beforeAll(() => {
  database = opened()
})

const image = (platform: string, layers: number) =>
  ({ kind: 'image', image: { platform, layers } }) as unknown as Parameters<ReturnType<typeof openResult>>[0]

test('the images of an attempt replace those of the attempt before, which lost its worker', async () => {
  const { rows } = await database.query<{ id: number }>(
    `insert into builds (project, trigger, ref) values ('app', '{}', 'refs/heads/main') returning id`,
  )
  const id = rows[0]?.id ?? 0
  for (const layers of [1, 2]) {
    const keep = openResult(database, { id })
    for (const platform of ['linux/amd64', 'linux/arm64']) await keep(image(platform, layers))
  }
  const kept = await database.query('select position, document from build_images where build = $1 order by 1', [id])
  expect(kept.rows).toEqual([
    { position: 0, document: { platform: 'linux/amd64', layers: 2 } },
    { position: 1, document: { platform: 'linux/arm64', layers: 2 } },
  ])
})
