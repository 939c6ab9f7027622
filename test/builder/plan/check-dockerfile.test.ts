import { describe, expect, test } from 'vitest'
import { checkDockerfile } from '../../../builder/plan/check-dockerfile.ts'
import type { Bases, PlanRequest } from '../../../builder/plan/graph/build-plan.ts'
import { parseDockerfile } from '../../../parser/index.ts'

const AMD64 = { os: 'linux', architecture: 'amd64' }

function check(text: string, more: Partial<PlanRequest> = {}, bases: Bases = new Map(), ignorePatterns: string[] = []) {
  const { dockerfile } = parseDockerfile(text)
  if (dockerfile === undefined) throw new Error('does not parse')
  const planning: PlanRequest = {
    dockerfile,
    buildArgs: {},
    labels: {},
    buildPlatform: AMD64,
    targetPlatform: AMD64,
    network: 'default',
    noCache: false,
    noCacheFilter: [],
    namedContexts: {},
    ...more,
  }
  return checkDockerfile({ planning, bases, ignorePatterns, checksAllStages: false }).map(
    ({ code, severity }) => `${severity} ${code}`,
  )
}

function baseOf(architecture: string, config: { Env?: string[]; Shell?: string[]; OnBuild?: string[] }): Bases {
  const image = { architecture, os: 'linux', config, rootfs: { type: 'layers' as const, diff_ids: [] }, history: [] }
  return new Map([['base linux/amd64', { config: image, key: 'base@sha256:0' }]])
}

describe('checkDockerfile()', () => {
  test('uses the variables and the shell of a base image', () => {
    const text = 'FROM base\nENV A=$FROM_BASE B=$NOWHERE\nCMD x\n'
    expect(check(text, {}, baseOf('amd64', { Env: ['FROM_BASE=1'], Shell: ['/bin/bash', '-c'] }))).toEqual([
      'warning UndefinedVar',
    ])
    expect(check(text)).toEqual(['warning JSONArgsRecommended'])
  })

  test('checks triggers of a base image, and reports them at the FROM that runs them', () => {
    const base = baseOf('amd64', { OnBuild: ['ENV A=$NOWHERE', 'WORKDIR relative', 'CMD a', 'FROM nothing'] })
    expect(check('FROM base\nENV B=$A\nCMD ["b"]\n', {}, base).toSorted()).toEqual([
      'warning JSONArgsRecommended',
      'warning MultipleInstructionsDisallowed',
      'warning UndefinedVar',
      'warning WorkdirRelativePath',
    ])
  })

  test('uses the image of a named context that replaces a base', () => {
    const namedContexts = { alpine: { kind: 'image', reference: 'base' } } as const
    const bases = baseOf('amd64', { Env: ['FROM_BASE=1'], OnBuild: ['CMD a'] })
    const text = 'FROM alpine:latest\nENV A=$FROM_BASE B=$NOWHERE\n'
    expect(check(text, { namedContexts }, bases)).toEqual(['warning JSONArgsRecommended', 'warning UndefinedVar'])
  })

  test('compares the platform of a base image with the requested one', () => {
    expect(check('FROM base\n', {}, baseOf('arm64', {}))).toEqual(['warning InvalidBaseImagePlatform'])
    expect(check('FROM base\n', {}, baseOf('amd64', {}))).toEqual([])
  })

  test('takes the ignore file into account', () => {
    expect(check('FROM scratch\nCOPY a.log /\n', {}, new Map(), ['*.log'])).toEqual(['warning CopyIgnoredFile'])
  })

  test('uses build arguments, including BUILDKIT_DOCKERFILE_CHECK', () => {
    const text = '# check=error=true\nFROM scratch\nCMD x\n'
    expect(check(text)).toEqual(['error JSONArgsRecommended'])
    expect(check(text, { buildArgs: { BUILDKIT_DOCKERFILE_CHECK: 'skip=all' } })).toEqual([])
  })
})
