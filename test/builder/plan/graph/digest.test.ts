import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, nodeDigest } from '../../../../builder/plan/graph/digest.ts'
import { planned } from '../plan-text.ts'

describe('canonicalJson()', () => {
  test('does not depend on the order of fields', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.infiniteStream(fc.nat()), (record, order) => {
        const shuffled = Object.entries(record)
          .map((entry) => ({ entry, place: order.next().value }))
          .sort((a, b) => Number(a.place) - Number(b.place))
        expect(canonicalJson(Object.fromEntries(shuffled.map(({ entry }) => entry)))).toBe(canonicalJson(record))
      }),
    )
  })

  test('distinguishes different values and round-trips', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('omits undefined fields', () => expect(canonicalJson({ b: undefined, a: [1] })).toBe('{"a":[1]}'))
})

describe('digests of nodes', () => {
  test('depend on the order of inputs', () => {
    const operation = { kind: 'merge' } as const
    expect(nodeDigest(operation, ['a', 'b'])).not.toBe(nodeDigest(operation, ['b', 'a']))
  })

  const base = 'FROM busybox\nARG A=1\nENV B=2\nRUN make\n'
  const digestOf = (text: string, options = {}) => planned(text, options).result.digest

  const equal: readonly (readonly [string, string, object])[] = [
    ['comments and blanks', '# a comment\nFROM  busybox\n\nARG A=1\nENV   B=2\n# b\nRUN make\n', {}],
    ['the name of a stage', base.replace('busybox', 'busybox AS x'), {}],
    ['labels, commands and ports', base.replace('RUN', 'LABEL a=b\nCMD x\nEXPOSE 1\nRUN'), {}],
    [
      'stages that the target does not need',
      `FROM other AS o\nRUN o\n${base.replace('busybox', 'busybox AS x')}FROM last\nRUN l\n`,
      { target: 'x' },
    ],
    ['whether the cache is used', base, { noCache: true }],
    ['labels', base, { labels: { a: 'b' } }],
    ['the date of files', base, { sourceDateEpoch: 1 }],
    ['proxies', base, { buildArgs: { HTTP_PROXY: 'x', no_proxy: 'y' } }],
    ['arguments that are not declared', base, { buildArgs: { Z: 'x' } }],
  ]
  for (const [what, text, options] of equal) {
    test(`do not depend on ${what}`, () => expect(digestOf(text, options)).toBe(digestOf(base)))
  }

  const different: readonly (readonly [string, string, object])[] = [
    ['the command', base.replace('make', 'make it'), {}],
    ['the value of an argument declared before', base, { buildArgs: { A: '2' } }],
    ['a variable', base.replace('B=2', 'B=3'), {}],
    ['the base', base.replace('busybox', 'alpine'), {}],
    ['the network', base, { network: 'none' }],
    ['the user', base.replace('RUN', 'USER u\nRUN'), {}],
  ]
  for (const [what, text, options] of different) {
    test(`depend on ${what}`, () => expect(digestOf(text, options)).not.toBe(digestOf(base)))
  }

  test('do not depend on arguments that are declared later', () => {
    expect(digestOf(`${base}ARG C\n`, { buildArgs: { C: '1' } })).toBe(digestOf(base))
  })

  test('are equal for equal steps of two stages, which become one node', () => {
    const text =
      'FROM busybox AS a\nRUN x\nFROM busybox AS b\nRUN x\nFROM scratch\nCOPY --from=a / /a\nCOPY --from=b / /b\n'
    const kinds = planned(text).nodes.map(({ operation }) => operation.kind)
    expect(kinds.filter((kind) => kind === 'exec')).toHaveLength(1)
  })

  test('of a node that one stage must not take from the cache disable the cache for all', () => {
    const text =
      'FROM busybox AS a\nRUN x\nFROM busybox AS b\nRUN x\nFROM scratch\nCOPY --from=a / /a\nCOPY --from=b / /b\n'
    const run = planned(text, { noCacheFilter: ['B'] }).nodes.find(({ operation }) => operation.kind === 'exec')
    expect(run?.ignoreCache).toBe(true)
  })

  test('inputs come before their users', () => {
    const { nodes } = planned('FROM a AS x\nRUN 1\nFROM b\nCOPY --link --from=x / /\nRUN --mount=from=x,target=/m 2\n')
    for (const [place, { inputs }] of nodes.entries()) {
      for (const input of inputs) expect(nodes.indexOf(input)).toBeLessThan(place)
    }
  })
})
