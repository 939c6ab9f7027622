import { expect, test } from 'vitest'
import { hasUserNames } from '../../notation/index.ts'

test.each([
  ['root', false],
  ['', false],
  ['1000', false],
  ['1000:1000', false],
  ['root:0', false],
  ['-1:+5', false],
  ['app', true],
  ['1000:app', true],
  ['app:0', true],
  ['2147483648', true],
  ['1:2:3', true],
])('hasUserNames(%j)', (user, hasNames) => expect(hasUserNames(user)).toBe(hasNames))
