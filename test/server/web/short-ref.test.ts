import { expect, test } from 'vitest'
import { shortRef } from '../../../server/index.ts'

test.each([
  ['refs/heads/main', 'main'],
  ['refs/tags/main', 'tag main'],
  ['refs/heads/refs/tags/main', 'refs/tags/main'],
  ['refs/heads/release/1', 'release/1'],
  ['refs/pull/7/head', 'pull request 7'],
  ['refs/merge-requests/7/head', 'pull request 7'],
  ['refs/pull-requests/7/from', 'pull request 7'],
  ['HEAD', 'HEAD'],
])('shortRef(%j) distinguishes branches, tags and pull requests: %j', (ref, shown) => {
  expect(shortRef(ref)).toBe(shown)
})
