import { expect, test } from 'vitest'
import { historyOf, namesOf, planned } from './plan-text.ts'

test('planBuild() turns steps into a chain of nodes, and settings into the image configuration', () => {
  const plan = planned('FROM busybox\nENV A=1\nWORKDIR app\nRUN make $A\nCOPY a b ./\nCMD ["x"]\n')
  expect(namesOf(plan)).toEqual([
    '[1/4] FROM docker.io/library/busybox:latest',
    '[2/4] WORKDIR app',
    '[3/4] RUN make 1',
    '[internal] load build context',
    '[4/4] COPY a b ./',
  ])
  expect(plan.result.name).toBe('[4/4] COPY a b ./')
  expect(plan.image.config).toEqual({
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=1'],
    Cmd: ['x'],
    WorkingDir: '/app',
    ArgsEscaped: true,
  })
  expect(historyOf(plan)).toEqual([
    'ENV A=1',
    'WORKDIR /app',
    'RUN /bin/sh -c make $A # buildkit',
    'COPY a b ./ # buildkit',
    'CMD ["x"]',
  ])
})

const ARM = { os: 'linux', architecture: 'arm64' } as const

test.each([
  ['FROM --platform=$BUILDPLATFORM busybox\n', { targetPlatform: ARM, isTargetPlatformGiven: true }, 'arm64'],
  ['FROM --platform=linux/arm64 busybox\n', {}, 'arm64'],
  ['FROM --platform=linux/arm64 scratch\nCOPY a /\n', {}, 'amd64'],
  ['FROM --platform= busybox\n', {}, 'amd64'],
])('%j: the platform of the image is that of BuildKit', (text, options, architecture) => {
  expect(planned(text, options).image.architecture).toBe(architecture)
})

test.each([
  [{}, { ...ARM, variant: 'v9', 'os.version': '1', 'os.features': ['f'] }],
  [{ targetPlatform: ARM }, { ...ARM, variant: 'v9', 'os.version': '1', 'os.features': ['f'] }],
  [
    { targetPlatform: { os: 'linux', architecture: 's390x' } },
    { os: 'linux', architecture: 's390x', 'os.features': ['f'] },
  ],
])('the image takes from its base what a platform %j leaves open, as with BuildKit', (request, platform) => {
  const ofBases = { architecture: 'arm64', variant: 'v9', 'os.version': '1', 'os.features': ['f'] }
  const options = { ...request, isTargetPlatformGiven: 'targetPlatform' in request, ofBases }
  expect(planned('FROM busybox\n', options).image).toMatchObject(platform)
})

test('as with BuildKit, a stage can be named scratch, and a trigger of a base can be an ONBUILD', () => {
  expect(planned('FROM busybox AS scratch\nENV A=1\nFROM scratch\n').image.config.Env).toContain('A=1')
  const images = { base: { OnBuild: ['ONBUILD RUN echo x'] } }
  expect(planned('FROM base\n', { images }).image.config.OnBuild).toEqual(['RUN echo x'])
})

test('as with BuildKit, a named context docker-image://scratch is empty, for FROM and for COPY --from', () => {
  const namedContexts = { 'some/image': { kind: 'image', reference: 'scratch' } } as const
  const empty = planned('FROM scratch\nCOPY a /\n')
  const replaced = planned('FROM some/image\nCOPY a /\n', { namedContexts })
  expect([namesOf(replaced), replaced.image]).toEqual([namesOf(empty), empty.image])
  const copied = planned('FROM scratch\nCOPY --from=some/image . /\n', { namedContexts })
  expect(namesOf(copied)).toEqual(['scratch', '[stage-0 1/1] COPY --from=some/image . /'])
})

test('as with BuildKit, the number of a stage in COPY --from may have a sign', () => {
  const from = (number: string) => `FROM busybox AS a\nFROM busybox\nCOPY --from=${number} /x /y\n`
  const text = (number: string) => namesOf(planned(from(number))).at(-1)
  expect(['0', '+0', '-0', '00'].map(text)).toEqual(
    ['0', '+0', '-0', '00'].map((n) => `[stage-1 2/2] COPY --from=${n} /x /y`),
  )
  expect(() => planned(from('-1'))).toThrow('Cannot use stage "-1": no such index (expected 0 to 1)')
})
