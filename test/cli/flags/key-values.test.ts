import { expect, test } from 'vitest'
import { labelValues } from '../../../cli/flags/key-values.ts'

test('labels have keys without white space; values may contain it', () => {
  expect(labelValues('--label', ['a=b c', 'd', 'e=f=g'])).toEqual({ a: 'b c', d: '', e: 'f=g' })
  expect(() => labelValues('--label', ['A B=c'])).toThrow('Cannot read "--label": the key "A B" contains white space')
  expect(() => labelValues('--label', ['=c'])).toThrow('the name is missing')
})
