import { expect, test } from 'vitest'
import { splitPair } from '../../notation/index.ts'

test.each([
  ['KEY=value', ['KEY', 'value']],
  ['KEY=a=b', ['KEY', 'a=b']],
  ['KEY=', ['KEY', '']],
  ['KEY', ['KEY', undefined]],
  ['=value', ['', 'value']],
  ['', ['', undefined]],
])('splitPair(%j)', (text, pair) => expect(splitPair(text)).toEqual(pair))
