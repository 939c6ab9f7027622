import { expect, test } from 'vitest'
import { splitEntry, splitPair } from '../../notation/index.ts'

test.each([
  ['KEY=value', ['KEY', 'value']],
  ['KEY=a=b', ['KEY', 'a=b']],
  ['KEY=', ['KEY', '']],
  ['KEY', ['KEY', undefined]],
  ['=value', ['', 'value']],
  ['', ['', undefined]],
])('splitPair(%j)', (text, pair) => expect(splitPair(text)).toEqual(pair))

test('an entry without "=" has an empty value', () => {
  expect(Object.fromEntries(['A=1', 'B='].map(splitEntry))).toEqual({ A: '1', B: '' })
  expect(splitEntry('C')).toEqual(['C', ''])
})
