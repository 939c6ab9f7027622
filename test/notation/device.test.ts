import { expect, test } from 'vitest'
import { isCdiName, parseDevice } from '../../notation/index.ts'

test.each([
  ['/dev/kmsg', { source: '/dev/kmsg', target: '/dev/kmsg' }],
  ['/dev/kmsg:r', { source: '/dev/kmsg', target: '/dev/kmsg', access: 'r' }],
  ['/dev/kmsg:/dev/log', { source: '/dev/kmsg', target: '/dev/log' }],
  ['/dev/kmsg:/dev/log:rw', { source: '/dev/kmsg', target: '/dev/log', access: 'rw' }],
  ['/dev/kmsg:/dev/log:rr', { fault: 'bad mode specified: rr' }],
  ['/dev/kmsg:rr', { fault: 'invalid syntax (expected /dev/x[:/path-in-container][:rwm])' }],
  ['kmsg', { fault: 'invalid syntax (expected /dev/x[:/path-in-container][:rwm])' }],
])('parseDevice(%j)', (text, device) => expect(parseDevice(text)).toEqual(device))

test.each([
  ['vendor.com/class=gpu0', true],
  ['vendor.com/class', false],
  ['/dev/kmsg', false],
  ['vendor.com/class=', false],
])('isCdiName(%j)', (text, is) => expect(isCdiName(text)).toBe(is))
