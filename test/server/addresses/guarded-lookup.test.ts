import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { hiddenAddresses, isForbidden } from '../../../server/addresses/index.ts'
import { removeAfterTest } from '../../support/removed-afterwards.ts'

describe('isForbidden()', () => {
  test.each([
    '127.0.0.1',
    '127.8.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '168.63.129.16',
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:0:0:0:0:a83f:8110',
  ])('refuses %s', (address) => {
    expect(isForbidden(address)).toBe(true)
  })

  test.each(['192.0.2.1', '168.63.129.17', '2001:db8::1', '64:ff9b::c000:201', '64:ff9b:1::7f00:1'])(
    'allows %s',
    (address) => {
      expect(isForbidden(address)).toBe(false)
    },
  )
})

test.each(['169.254.169.254', '169.254.42.42', '169.254.0.23', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe'])(
  'the metadata service at %s is hidden from RUN steps, too',
  (address) => {
    expect(isForbidden(address)).toBe(true)
    expect(hiddenAddresses()).toContain(address)
  },
)

test('an address that this machine gets while a server runs is refused, too', () => {
  const address = '192.0.2.77'
  const change = (verb: string) => execFileSync('ip', ['address', verb, `${address}/32`, 'dev', 'lo'])
  expect(isForbidden(address)).toBe(false)
  change('add')
  removeAfterTest(() => {
    change('delete')
  })
  expect(isForbidden(address)).toBe(true)
})
