import { expect, test } from 'vitest'
import { formatOsOptions, isSameRelease, parseOsOptions } from '../../image-spec/os-options.ts'

test.each([
  ['linux', 'linux', {}],
  ['windows(10.0.17763)', 'windows', { 'os.version': '10.0.17763' }],
  ['windows(10.0.17763+win32k)', 'windows', { 'os.version': '10.0.17763', 'os.features': ['win32k'] }],
  ['windows(+b+a+b)', 'windows', { 'os.features': ['a', 'b'] }],
  ['windows(1%2F2)', 'windows', { 'os.version': '1/2' }],
])('%s is an operating system with its options', (text, os, options) => {
  expect(parseOsOptions(text)).toEqual({ os, options })
})

test.each(['', 'windows(', 'windows(1)x', 'windows(1/2)', 'windows(%)', '(1)'])('%j is not one', (text) => {
  expect(parseOsOptions(text)).toBeUndefined()
})

test.each(['', '(10.0.17763)', '(+win32k)', '(1%2F2+a%2Bb)'])('options %j are printed as they are parsed', (text) => {
  expect(formatOsOptions(parseOsOptions(`windows${text}`)?.options ?? {})).toBe(text)
})

test('only Windows distinguishes releases, by the first three numbers', () => {
  const image = { 'os.version': '10.0.17763.1' }
  expect(isSameRelease(image, { os: 'windows', 'os.version': '10.0.17763' })).toBe(true)
  expect(isSameRelease(image, { os: 'windows', 'os.version': '10.0.20348' })).toBe(false)
  expect(isSameRelease(image, { os: 'windows' })).toBe(true)
  expect(isSameRelease(image, { os: 'linux', 'os.version': '6.1' })).toBe(true)
})
