import { expect, test } from 'vitest'
import { parseGitUrl, withWholeCommit } from '../../../notation/index.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'

test.each([
  ['commit=--upload-pack=touch%20owned'],
  [`ref=${COMMIT}&commit=--upload-pack=x&fetch-by-commit=1`],
  [`ref=${COMMIT}&checksum=-x&fetch-by-commit=1`],
  ['ref=--upload-pack=x'],
  ['ref=-x'],
  ['ref=%2Brefs/*:refs/*'],
  ['ref=main:refs/heads/other'],
  ['ref=^main'],
  ['ref=a%0Ab'],
  ['ref=HEAD@%7B1%7D'],
])('a URL with "?%s" is refused before git runs', (query) => {
  const { fault } = withWholeCommit(parseGitUrl(`https://example.com/some.git?${query}`))
  expect(fault).toBeDefined()
})

test.each([['-x@example.com:some/project'], ['https://example.com/some.git#-x']])(
  'the URL "%s" is refused before git runs',
  (url) => {
    expect(parseGitUrl(url).fault).toBeDefined()
  },
)
