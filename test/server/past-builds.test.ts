import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPastBuilds } from '../../server/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('a recorded build that a power failure truncated counts as missing', async () => {
  const root = temporaryDirectory('past-builds')
  const past = openPastBuilds(root)
  const [createdAt, attempt] = [new Date().toISOString(), 1]
  const build = { id: 1, project: 'terminal', state: 'succeeded', ref: '', createdAt, attempt } as const
  await past.keep({ build: { ...build, trigger: { kind: 'terminal' } }, rows: [] })
  const [kept] = await past.list()
  const id = kept?.id ?? 0
  expect(await past.find(id)).toMatchObject({ build: { state: 'succeeded' } })
  truncateSync(join(root, 'build-pages', `${id}.gz`), 20)
  expect(await past.find(id)).toBeUndefined()
})
