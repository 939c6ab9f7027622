import * as v from 'valibot'
import { expect, test } from 'vitest'
import { type Build, projectSettings } from '../../server/index.ts'
import { statusRequest } from '../../server/report/commit-status.ts'

const commit = '1'.repeat(40)

function bodyOf(project: string, ref = 'refs/heads/main') {
  const { repository } = v.parse(projectSettings, {
    repository: { url: 'https://bitbucket.org/team/app.git', forge: 'bitbucket' },
  })
  const build = { id: 1, project, state: 'running', ref, commit } as Build
  return statusRequest({ build, repository, token: 'x', targetUrl: undefined })?.body
}

const keyOf = (project: string): unknown => bodyOf(project)?.['key']

test("a status of Bitbucket Cloud names its branch or tag, which ties it to the branch's pull requests", () => {
  expect(bodyOf('app')).toMatchObject({ refname: 'main' })
  expect(bodyOf('app', 'refs/tags/v1')).toMatchObject({ refname: 'v1' })
  expect(bodyOf('app', 'refs/pull/7/head')).not.toHaveProperty('refname')
})

test("projects with the same repository have separate statuses, whose keys fit Bitbucket's limit", () => {
  expect(keyOf('app')).toBe('tsbuild/app')
  const long = ['a', 'b'].map((end) => String(keyOf(`${'x'.repeat(62)}${end}`)))
  expect(new Set(long).size).toBe(2)
  expect(long.map(({ length }) => length <= 40)).toEqual([true, true])
})
