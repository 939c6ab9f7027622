import { describe, expect, test } from 'vitest'
import { createIgnoreMatcher } from '../../../parser/dockerignore/match-in-checks.ts'

describe('createIgnoreMatcher()', () => {
  test.each([
    ['a', 'a', true],
    ['a', 'a/b/c', true],
    ['a', 'b/a', false],
    ['a', 'ab', false],
    ['*', 'a/b', true],
    ['*.md', 'x.md', true],
    ['*.md', 'a/x.md', false],
    ['*/x', 'a/x', true],
    ['*/x', 'a/b/x', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['**/x', 'x', true],
    ['**/x', 'a/b/x', true],
    ['**/x', 'a/bx', false],
    ['**', 'anything/at/all', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/xb', false],
    ['a**', 'abc/d', true],
    ['**.log', 'x/a.log', true],
    ['**.log', 'a.logs', false],
    ['**b/c', 'ab/c', true],
    ['**b?', 'abc', false],
    ['***.log', 'a.log', true],
    ['***/x', 'x', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[]]x', ']x', false],
    ['[-a]', 'a', false],
    ['[^\\]-\\^]x', ']x', false],
    ['[\\]]x', ']x', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    // A backslash makes a letter literal, too: docs/dockerfile.md.
    ['\\a', 'a', true],
    ['\\d', '5', false],
    ['**/\\q', 'x/q', true],
    ['[a', '[a', false],
    ['a\\', 'a', false],
    ['(a|b)+$', '(a|b)+$', true],
    ['ä*', 'äöü', true],
  ])('%s against %s: %s', (pattern, path, expected) => {
    expect(createIgnoreMatcher([pattern])(path)).toBe(expected)
  })

  test('a pattern with many wildcards does not backtrack', () => {
    expect(createIgnoreMatcher([`${'**/*a*/'.repeat(40)}b`])('a'.repeat(2000))).toBe(false)
  })
})
