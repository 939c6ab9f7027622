import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findChallenge } from '../../../registry/transport/challenge.ts'

describe('findChallenge()', () => {
  const headers: readonly (readonly [header: string, challenge: unknown])[] = [
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      {
        scheme: 'bearer',
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:a/b:pull,push',
      },
    ],
    ['Basic realm="Harbor"', { scheme: 'basic', realm: 'Harbor' }],
    ['basic', { scheme: 'basic' }],
    ['Basic realm="x", Bearer realm="https://t/"', { scheme: 'bearer', realm: 'https://t/' }],
    ['Negotiate, Basic realm=x', { scheme: 'basic', realm: 'x' }],
    ['Bearer realm = "https://t/" , service=s', { scheme: 'bearer', realm: 'https://t/', service: 's' }],
    ['Bearer realm="a\\"b"', { scheme: 'bearer', realm: 'a"b' }],
    ['Bearer service="no realm"', undefined],
    ['Negotiate', undefined],
    ['', undefined],
    [`Basic realm="${'x'.repeat(20_000)}"`, undefined],
  ]
  for (const [header, challenge] of headers) {
    test(`reads ${JSON.stringify(header.slice(0, 60))}`, () => expect(findChallenge(header)).toEqual(challenge))
  }

  test('parses any header to its end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void findChallenge(`Bearer ${text}`)),
    )
  })
})
