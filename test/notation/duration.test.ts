import { expect, test } from 'vitest'
import { goDuration, parseDurationMs, parseGoDuration } from '../../notation/index.ts'

test.each([
  ['1m30s', 90e9],
  ['1.5h', 5400e9],
  ['-2s', -2e9],
  ['0', 0],
  ['.5ms', 5e5],
  ['10', undefined],
  ['', undefined],
  ['1d', undefined],
])('parseGoDuration(%s)', (text, ns) => expect(parseGoDuration(text)).toBe(ns))

test.each([
  ['500ms', 500],
  ['2d12h', 216e6],
  ['0', 0],
  ['-1s', undefined],
  ['+1s', undefined],
  ['soon', undefined],
])('parseDurationMs(%s)', (text, ms) => expect(parseDurationMs(text)).toBe(ms))

test.each([
  [0, '0s'],
  [15, '15ns'],
  [1500, '1.5µs'],
  [250e6, '250ms'],
  [1.5e9, '1.5s'],
  [90e9, '1m30s'],
  [3600e9, '1h0m0s'],
])('goDuration(%i)', (ns, text) => expect(goDuration(ns)).toBe(text))
