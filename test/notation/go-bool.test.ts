import { expect, test } from 'vitest'
import { parseGoBool } from '../../notation/index.ts'

test.each([
  ['1', true],
  ['T', true],
  ['True', true],
  ['0', false],
  ['FALSE', false],
  ['tRUE', undefined],
  ['yes', undefined],
  ['', undefined],
])('parseGoBool(%s)', (text, value) => expect(parseGoBool(text)).toBe(value))
