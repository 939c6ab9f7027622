import { expect, test } from 'vitest'
import { parsePortRange, parsePorts, portsIn, splitProtocol } from '../../notation/index.ts'

test.each([
  ['80', { first: 80, last: 80 }],
  ['0', { first: 0, last: 0 }],
  ['0080', { first: 80, last: 80 }],
  ['+80-+81', { first: 80, last: 81 }],
  ['8000-8010', { first: 8000, last: 8010 }],
  ['65535', { first: 65_535, last: 65_535 }],
  ['65536', undefined],
  ['80-70', undefined],
  ['80-', undefined],
  ['-80', undefined],
  ['1-2-3', undefined],
  ['', undefined],
  ['http', undefined],
])('parsePortRange(%j)', (text, range) => expect(parsePortRange(text)).toEqual(range))

test.each([
  ['53/udp', { first: 53, last: 53, protocol: 'udp' }],
  ['53/UDP', { first: 53, last: 53, protocol: 'udp' }],
  ['80', { first: 80, last: 80, protocol: 'tcp' }],
  ['80/', { first: 80, last: 80, protocol: 'tcp' }],
  ['7000-7001/sctp', { first: 7000, last: 7001, protocol: 'sctp' }],
  ['80/icmp', undefined],
  ['80/tcp/udp', undefined],
])('parsePorts(%j)', (text, ports) => expect(parsePorts(text)).toEqual(ports))

test('a range expands to its ports', () => expect(portsIn({ first: 7000, last: 7002 })).toEqual([7000, 7001, 7002]))

test('an unknown protocol is available for messages', () =>
  expect(splitProtocol('80/icmp')).toEqual({ range: '80', protocol: 'icmp' }))
