import { describe, expect, test } from 'vitest'
import { checkIgnoreFile, parseIgnoreFile } from '../../../parser/index.ts'

describe('parseIgnoreFile()', () => {
  test.each([
    ['a\nb\r\n', ['a', 'b']],
    ['\uFEFFa\n', ['a']],
    ['# comment\n  # pattern\n', ['# pattern']],
    ['\n   \n\t\n', []],
    ['  a b  \n', ['a b']],
    ['/a\n//b\n/\n', ['a', 'b', '/']],
    ['./a/../b/./c//d/\n', ['b/c/d']],
    ['../a\n/../b\n.\n', ['../a', 'b', '.']],
    ['!a\n! /b/ \n!\n', ['!a', '!b', '!']],
    ['**/*.md\n!README.md\n', ['**/*.md', '!README.md']],
  ])('reads %j as %j', (text, patterns) => expect(parseIgnoreFile(text)).toEqual(patterns))
})

describe('checkIgnoreFile()', () => {
  test('reports each invalid pattern with its position', () => {
    const found = checkIgnoreFile('a\n !\n# [\n[a\n!b\\\nfine[a-z]\n')
    expect(found.map(({ message, range: { start, end } }) => [start.line, start.column, end.column, message])).toEqual([
      [2, 2, 3, 'Cannot use the pattern "!": no pattern after "!" (expected a path or pattern)'],
      [4, 1, 3, 'Cannot use the pattern "[a": an unterminated bracket or escape (expected a path or pattern)'],
      [5, 1, 4, 'Cannot use the pattern "!b\\": an unterminated bracket or escape (expected a path or pattern)'],
    ])
  })
})
