import { describe, expect, test } from 'vitest'
import { chooseUserRange, requireUserNamespaces } from '../../sandbox-native/driver/index.ts'

const COUNT = 65_536
const granted =
  (subuid: string, subgid = subuid) =>
  (path: string) =>
    path === '/etc/subuid' ? subuid : subgid

describe('chooseUserRange()', () => {
  test('uses the IDs of "containers", each once', () => {
    const read = granted(`other:1000:9\ncontainers:100000:${3 * COUNT}\n`, `containers:900000:${2 * COUNT}\n`)
    const first = chooseUserRange([], read)
    const second = chooseUserRange([first], read)
    expect([first.uid, second.uid].map((uid) => (uid - 100_000) % COUNT)).toEqual([0, 0])
    expect(new Set([first.gid, second.gid])).toEqual(new Set([900_000, 900_000 + COUNT]))
    expect(first.uid).not.toBe(second.uid)
    expect(() => chooseUserRange([first, second], read)).toThrow(/all ranges are in use/)
  })

  test('without such an entry avoids IDs granted to others', () => {
    const most = 1_879_048_192 - 524_288 - COUNT
    const range = chooseUserRange([], granted(`somebody:${524_288 + COUNT}:${most}\n`))
    expect(range).toEqual({ uid: 524_288, gid: 524_288, count: COUNT })
  })
})

test('requireUserNamespaces() allows only root, and only auto', () => {
  const single = { kind: 'single' } as const
  expect(requireUserNamespaces('auto', { kind: 'host' })).toBeUndefined()
  expect(() => requireUserNamespaces('nomap', { kind: 'host' })).toThrow(/for non-root users/)
  expect(() => requireUserNamespaces('auto', single)).toThrow(/in a user namespace already/)
  expect(() => requireUserNamespaces('nomap', single)).toThrow(/for root only/)
})
