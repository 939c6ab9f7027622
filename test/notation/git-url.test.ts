import { describe, expect, test } from 'vitest'
import { isGitUrl, parseGitUrl, withWholeCommit } from '../../notation/git-url.ts'

describe('isGitUrl()', () => {
  test.each([
    ['git@example.com:a/b.git', true],
    ['ssh://git@example.com/a', true],
    ['git://example.com/a', true],
    ['https://example.com/a.git', true],
    ['https://example.com/a.git#main:sub', true],
    ['https://example.com/a.git?ref=main', true],
    ['HTTPS://example.com/a.git', true],
    ['https://example.com/a%2Egit', true],
    ['https://example.com/a.tar.gz', false],
    ['https://example.com/a?x=.git', false],
    ['./a.git', false],
  ])('%s is one: %s', (text, expected) => expect(isGitUrl(text)).toBe(expected))
})

describe('parseGitUrl()', () => {
  test.each([
    ['https://h/a.git', '', ''],
    ['https://h/a.git#main', 'main', ''],
    ['https://h/a.git#main:dir/sub', 'main', 'dir/sub'],
    ['https://h/a.git#:dir', '', 'dir'],
    ['https://h/a.git#:dir/', '', 'dir'],
    ['https://h/a.git#main:../a/./b/../c', 'main', 'a/c'],
    ['https://h/a.git?subdir=a/../..', '', ''],
    ['https://h/a.git?branch=x&subdir=d', 'refs/heads/x', 'd'],
    ['https://h/a.git?tag=refs/tags/v1', 'refs/tags/v1', ''],
    ['https://h/a.git?ref=x#x', 'x', ''],
    ['HTTPS://h/a.git', '', ''],
    ['https://h/a.git#topic%2Fx:a%20b', 'topic/x', 'a b'],
    ['https://h/a.git#50%', '50%', ''],
  ])('reads what to fetch of %s', (text, reference, subdirectory) =>
    expect(parseGitUrl(text)).toEqual({ url: 'https://h/a.git', reference, subdirectory }),
  )

  test('only URLs are percent-encoded', () => {
    expect(parseGitUrl('git@h:a.git#topic%2Fx')).toMatchObject({ url: 'git@h:a.git', reference: 'topic%2Fx' })
  })

  test.each([
    ['commit=0123456', { checksum: '0123456', reference: '' }],
    ['checksum=0123456&ref=main', { checksum: '0123456', reference: 'main' }],
    ['mtime=commit', { times: 'commit' }],
    ['mtime=checkout', { times: 'checkout' }],
    ['fetch-by-commit', { fetchByCommit: true }],
    ['keep-git-dir', { keepGitDirectory: true }],
    ['keep-git-dir=0&submodules=false', { keepGitDirectory: false, submodules: false }],
  ])('reads the option %s', (query, expected) =>
    expect(parseGitUrl(`https://h/a.git?${query}`)).toMatchObject(expected),
  )

  test.each([
    'https://h/a.git#--upload-pack=x',
    '--upload-pack=x#a',
    'https://h/a.git?x=y',
    'https://h/a.git?ref=a&ref=b',
    'https://h/a.git?ref=',
    'https://h/a.git?commit',
    'https://h/a.git?tag=a&branch=b',
    'https://h/a.git?subdir=a#main:b',
    'https://h/a.git?submodules=perhaps',
    'https://h/a.git?fetch-by-commit=perhaps',
    'https://h/a.git?mtime=now',
    'https://h/a.git?mtime',
  ])('refuses %s', (text) => expect(parseGitUrl(text).fault).toBeDefined())
})

describe('withWholeCommit()', () => {
  const commit = '0123456789'.repeat(4)
  test.each([
    [`fetch-by-commit&commit=${commit}`, true],
    [`fetch-by-commit&ref=${commit}`, true],
    ['fetch-by-commit=false', true],
    ['fetch-by-commit', false],
    ['fetch-by-commit&commit=0123456', false],
    ['fetch-by-commit&ref=main', false],
  ])('accepts %s: %s', (query, isFine) => {
    expect(withWholeCommit(parseGitUrl(`https://h/a.git?${query}`)).fault === undefined).toBe(isFine)
  })
})
