import { describe, expect, test } from 'vitest'
import { didYouMean, suggest } from '../../notation/index.ts'

describe('suggest()', () => {
  const known = ['RUN', 'FROM', 'WORKDIR', 'ENTRYPOINT', '--from', 'build']

  test.each([
    ['RNU', 'RUN'],
    ['rum', 'RUN'],
    ['FORM', 'FROM'],
    ['WORKDIRS', 'WORKDIR'],
    ['ENTRIPONT', 'ENTRYPOINT'],
    ['--form', '--from'],
    ['Built', 'build'],
  ])('suggests for %s: %s', (wrong, right) => expect(suggest(wrong, known)).toBe(right))

  test.each(['foo', 'X', '', 'RR', 'COMPLETELY'])('has no suggestion for %j', (wrong) => {
    expect(suggest(wrong, known)).toBeUndefined()
  })

  test('prefers the nearest name', () => expect(suggest('stage', ['stagers', 'stages', 'stag'])).toBe('stages'))
})

test('didYouMean() suggests a name, or nothing', () => {
  expect(didYouMean('FORM', ['FROM'])).toBe('Did you mean "FROM"?')
  expect(didYouMean('XYZ', ['FROM'])).toBeUndefined()
  expect(didYouMean('FROM', ['FROM', 'FORM'])).toBeUndefined()
})
