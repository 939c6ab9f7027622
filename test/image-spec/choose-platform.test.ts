import { describe, expect, test } from 'vitest'
import {
  choosePlatform,
  digestOf,
  formatPlatform,
  type Index,
  listPlatforms,
  type Platform,
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
