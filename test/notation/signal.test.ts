import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { findSignal, isSignal } from '../../notation/index.ts'

test.each([
  ['KILL', 9],
  ['sigterm', 15],
  ['9', 9],
  ['64', 64],
  ['SIGIOT', 6],
  ['CLD', 17],
  ['RTMIN', 34],
  ['SIGRTMIN+3', 37],
  ['RTMAX', 64],
  ['SIGRTMAX-3', 61],
])('findSignal() knows %s', (text, number) => expect(findSignal(text)).toBe(number))

test.each(['', '0', '65', '-9', 'SIG', 'NOPE', 'RTMIN-1', 'RTMAX+1', 'RTMIN+31', 'RTMIN+'])(
  'findSignal() does not know "%s"',
  (text) => expect(findSignal(text)).toBeUndefined(),
)

test('numbers are those of the kernel', () => {
  for (const [name, number] of Object.entries(constants.signals))
    if (name !== 'SIGUNUSED') expect([name, findSignal(name)]).toEqual([name, number])
})

test("isSignal() accepts BuildKit's real-time names, and any number except 0", () => {
  expect(['RTMIN+15', 'RTMAX-14', '99', '-3', 'SIGRTMAX-3'].map(isSignal)).toEqual(Array(5).fill(true))
  expect(['RTMIN+16', 'RTMAX-15', 'RTMIN+0', '0', 'x'].map(isSignal)).toEqual(Array(5).fill(false))
})
