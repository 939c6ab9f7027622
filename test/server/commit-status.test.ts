import * as v from 'valibot'
import { expect, test } from 'vitest'
import { type Build, projectSettings } from '../../server/index.ts'
import { statusRequest } from '../../server/report/commit-status.ts'

const commit = '1'.repeat(40)

function keyOf(project: string): unknown {
  const { repository } = v.parse(projectSettings, {
    repository: { url: 'https://bitbucket.org/team/app.git', forge: 'bitbucket' },
  })
  const build = { id: 1, project, state: 'running', ref: 'refs/heads/main', commit } as Build
  return statusRequest({ build, repository, token: 'x', targetUrl: undefined })?.body['key']
}

test("projects with the same repository have separate statuses, whose keys fit Bitbucket's limit", () => {
  expect(keyOf('app')).toBe('tsbuild/app')
  const long = ['a', 'b'].map((end) => String(keyOf(`${'x'.repeat(62)}${end}`)))
  expect(new Set(long).size).toBe(2)
  expect(long.map(({ length }) => length <= 40)).toEqual([true, true])
})
