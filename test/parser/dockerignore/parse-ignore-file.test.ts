import { describe, expect, test } from 'vitest'
import { parseIgnoreFile } from '../../../parser/index.ts'

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
