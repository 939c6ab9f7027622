import { describe, expect, test } from 'vitest'
import { isGitUrl, parseGitUrl } from '../../../builder/context/git-url.ts'

describe('isGitUrl()', () => {
  test.each([
    ['git@example.com:a/b.git', true],
    ['ssh://git@example.com/a', true],
    ['git://example.com/a', true],
    ['https://example.com/a.git', true],
    ['https://example.com/a.git#main:sub', true],
    ['https://example.com/a.git?ref=main', true],
    ['https://example.com/a.tar.gz', false],
    ['https://example.com/a?x=.git', false],
    ['./a.git', false],
  ])('%s is one: %s', (text, expected) => expect(isGitUrl(text)).toBe(expected))
})

describe('parseGitUrl()', () => {
  test.each([
    ['https://h/a.git', 'https://h/a.git', '', ''],
    ['https://h/a.git#main', 'https://h/a.git', 'main', ''],
    ['https://h/a.git#main:dir/sub', 'https://h/a.git', 'main', 'dir/sub'],
    ['https://h/a.git#:dir', 'https://h/a.git', '', 'dir'],
    ['https://h/a.git?branch=x&subdir=d', 'https://h/a.git', 'x', 'd'],
  ])('%s', (text, remote, reference, subdirectory) =>
    expect(parseGitUrl(text)).toEqual({ remote, reference, subdirectory, keepGitDirectory: false }),
  )

  test.each([
    'https://h/a.git#--upload-pack=x',
    '--upload-pack=x#a',
    'https://h/a.git#main:../x',
    'https://h/a.git?x=y',
  ])('refuses %s', (text) => expect(() => parseGitUrl(text)).toThrow('Cannot use git'))
})
