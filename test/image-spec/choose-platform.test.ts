import { describe, expect, test } from 'vitest'
import {
  bestFor,
  choosePlatform,
  digestOf,
  formatPlatform,
  type Index,
  listPlatforms,
  type Platform,
  parsePlatform,
} from '../../image-spec/index.ts'

describe('choosePlatform()', () => {
  const choices: readonly (readonly [want: string, from: string, chosen: string | undefined])[] = [
    ['linux/amd64', 'linux/arm64 linux/amd64', 'linux/amd64'],
    ['linux/amd64', 'linux/amd64/v3 linux/amd64', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64 linux/amd64/v2 linux/amd64/v4', 'linux/amd64/v2'],
    ['linux/amd64', 'linux/386', 'linux/386'],
    ['linux/amd64', 'windows/amd64', undefined],
    ['linux/arm/v7', 'linux/arm/v5 linux/arm/v6 linux/arm/v8', 'linux/arm/v6'],
    ['linux/arm', 'linux/arm/v6 linux/arm/v7', 'linux/arm/v7'],
    ['linux/arm/v6', 'linux/arm/v7', undefined],
    ['linux/arm64', 'linux/arm/v7 linux/arm64/v8', 'linux/arm64/v8'],
    ['linux/arm64/v8', 'linux/arm64', 'linux/arm64'],
    ['linux/arm64', 'linux/arm/v7', 'linux/arm/v7'],
    ['linux/aarch64', 'linux/arm64', 'linux/arm64'],
    ['linux/x86_64', 'linux/amd64', 'linux/amd64'],
    ['linux/s390x', 'linux/amd64 linux/s390x', 'linux/s390x'],
    ['linux/constructor', 'linux/amd64', undefined],
    ['linux/amd64', 'unknown/unknown linux/amd64', 'linux/amd64'],
  ]
  for (const [want, from, chosen] of choices) {
    test(`${want} from ${from} is ${chosen ?? 'nothing'}`, () => {
      const found = choosePlatform(indexOf(from.split(' ')), platformOf(want))
      expect(found === undefined ? undefined : found.annotations?.['name']).toBe(chosen)
    })
  }

  test('an entry without a platform is chosen if it is the only one, ignoring attestations', () => {
    const [bare] = indexOf(['-']).manifests
    const attestation = {
      ...indexOf(['unknown/unknown']).manifests[0],
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    }
    const index = { ...indexOf([]), manifests: [bare, attestation] } as Index
    expect(choosePlatform(index, platformOf('linux/amd64'))).toBe(bare)
    expect(choosePlatform(indexOf(['-', '-']), platformOf('linux/amd64'))).toBeUndefined()
  })
})

describe('versions of the operating system', () => {
  const amd64: Platform = { os: 'linux', architecture: 'amd64' }
  // As containerd's platforms package answers.
  test.each<[string, Platform | undefined]>([
    ['windows(10.0.17763)/amd64', { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763' }],
    [
      'windows(10.0.17763+win32k+a)/amd64',
      { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763', 'os.features': ['a', 'win32k'] },
    ],
    ['windows(+win32k)/amd64', { os: 'windows', architecture: 'amd64', 'os.features': ['win32k'] }],
    ['windows(10.0%2Bbuild.42)', { os: 'windows', architecture: 'amd64', 'os.version': '10.0+build.42' }],
    ['linux()/arm/7', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['windows(1.0/amd64', undefined],
    ['windows(50%done)/amd64', undefined],
    ['windows(1)x/amd64', undefined],
    ['amd64(1)', undefined],
    ['linux/amd64(1)', undefined],
  ])('%s', (text, expected) => {
    expect(parsePlatform(text, amd64)).toEqual(expected)
    if (expected !== undefined) expect(parsePlatform(formatPlatform(expected), amd64)).toEqual(expected)
  })

  test('Windows images of another release are not chosen', () => {
    const platform = (version: string): Platform => ({ os: 'windows', architecture: 'amd64', 'os.version': version })
    const [wanted, old, fitting] = [platform('10.0.17763'), platform('10.0.14393.9'), platform('10.0.17763.5')]
    expect(bestFor(wanted, [old, fitting], (item) => item)).toBe(fitting)
    expect(bestFor(wanted, [old], (item) => item)).toBeUndefined()
    expect(bestFor({ os: 'windows', architecture: 'amd64' }, [old], (item) => item)).toBe(old)
  })
})

test('platforms are printed in their usual form', () => {
  expect(formatPlatform({ os: 'linux', architecture: 'arm64', variant: 'v8' })).toBe('linux/arm64')
  expect(formatPlatform({ os: 'linux', architecture: 'arm', variant: '7' })).toBe('linux/arm/v7')
  expect(listPlatforms(indexOf(['linux/amd64', 'unknown/unknown', 'linux/amd64', 'linux/arm64/v8']))).toEqual([
    'linux/amd64',
    'linux/arm64',
  ])
})

function indexOf(names: readonly string[]): Index {
  const manifests = names.map((name) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digestOf(name),
    size: 1,
    annotations: { name },
    ...(name === '-' ? {} : { platform: platformOf(name) }),
  }))
  return { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }
}

function platformOf(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/')
  return { os, architecture, ...(variant !== undefined && { variant }) }
}
