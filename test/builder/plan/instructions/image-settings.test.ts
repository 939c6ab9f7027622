import { describe, expect, test } from 'vitest'
import type { ContainerConfig } from '../../../../image-spec/index.ts'
import { historyOf, type PlanOptions, planned, refusals } from '../plan-text.ts'

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function configOf(body: string, options: PlanOptions = {}): ContainerConfig {
  return planned(`FROM busybox\n${body}\n`, options).image.config
}

describe('settings of the image', () => {
  const table: readonly (readonly [string, string, ContainerConfig])[] = [
    ['PATH is there even if nothing sets it', '', { Env: [PATH] }],
    ['a variable keeps its place when it changes', 'ENV A=1 B=2\nENV A=3', { Env: [PATH, 'A=3', 'B=2'] }],
    ['labels are sorted by name', 'LABEL b=1 a=2\nLABEL b=3', { Labels: { a: '2', b: '3' } }],
    ['a label may be called as a built-in property', 'LABEL __proto__=x', { Labels: { ['__proto__']: 'x' } }],
    ['shell form of CMD uses the current shell', 'CMD a "b"\nSHELL ["x"]', { Cmd: ['/bin/sh', '-c', 'a "b"'] }],
    ['an empty CMD clears it', 'CMD a\nCMD []', {}],
    ['an ENTRYPOINT keeps the CMD of its stage', 'CMD ["a"]\nENTRYPOINT ["b"]', { Cmd: ['a'], Entrypoint: ['b'] }],
    ['ports are expanded and sorted', 'EXPOSE 81 80-82/UDP', exposed('80/udp', '81/tcp', '81/udp', '82/udp')],
    ['ports may come out of one variable', 'ARG P="1 2/tcp"\nEXPOSE $P', exposed('1/tcp', '2/tcp')],
    ['volumes gather', 'VOLUME /a\nVOLUME ["/b c"]', { Volumes: { '/a': {}, '/b c': {} } }],
    ['a user is kept as written', 'USER a:b', { User: 'a:b' }],
    ['a signal is kept as written', 'STOPSIGNAL sigrtmin+3', { StopSignal: 'sigrtmin+3' }],
    ['HEALTHCHECK NONE is recorded', 'HEALTHCHECK CMD a\nHEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
    [
      'times of a health check are nanoseconds; missing ones are omitted',
      'HEALTHCHECK --interval=1.5s --retries=2 --timeout=0s CMD a b',
      { Healthcheck: { Test: ['CMD-SHELL', 'a b'], Interval: 1_500_000_000, Retries: 2 } },
    ],
    ['an absolute WORKDIR is kept as written', 'WORKDIR /a/./b/', { WorkingDir: '/a/./b/' }],
    ['a relative WORKDIR is relative to the previous one', 'WORKDIR a\nWORKDIR ../b', { WorkingDir: '/b' }],
  ]
  for (const [title, body, expected] of table) {
    test(title, () => expect(configOf(body)).toMatchObject(expected))
  }

  test('--label overrides LABEL and adds no history', () => {
    const plan = planned('FROM busybox\nLABEL a=1\n', { labels: { a: '2', b: '3' } })
    expect(plan.image.config.Labels).toEqual({ a: '2', b: '3' })
    expect(historyOf(plan)).toEqual(['LABEL a=1'])
  })

  test('a new ENTRYPOINT resets the CMD of the base', () => {
    const images = { busybox: { Cmd: ['old'], Entrypoint: ['older'] } }
    expect(configOf('ENTRYPOINT ["new"]', { images }).Cmd).toBeUndefined()
    expect(configOf('ENTRYPOINT ["new"]\nCMD ["mine"]', { images }).Cmd).toEqual(['mine'])
  })

  test('a new ENTRYPOINT also resets the CMD of a base stage', () => {
    const plan = planned('FROM busybox AS a\nCMD ["a"]\nFROM a\nENTRYPOINT ["b"]\n')
    expect(plan.image.config).not.toHaveProperty('Cmd')
  })

  test('an image from scratch has the working directory /', () => {
    expect(planned('FROM scratch\nLABEL a=1\n').image.config).toEqual({
      Env: [PATH],
      WorkingDir: '/',
      Labels: { a: '1' },
    })
  })

  test('a variable of the base without name and value is left out: no container could have it', () => {
    const images = { odd: { Env: ['', 'A'] } }
    const plan = planned('FROM odd\nENV B=1\n', { images })
    expect(plan.image.config.Env).toEqual(['A=', PATH, 'B=1'])
  })

  test('labels of a stage used only by COPY --from are not inherited', () => {
    const plan = planned('FROM busybox AS a\nLABEL x=1\nRUN y\nFROM busybox\nCOPY --from=a / /\n')
    expect(plan.image.config.Labels).toBeUndefined()
  })
})

describe('history', () => {
  const table: readonly (readonly [string, string])[] = [
    ['ENV A="b c" D=', 'ENV A=b c D='],
    ['ARG A=1 B', 'ARG A=1 B'],
    ['LABEL "a b"=c', 'LABEL a b=c'],
    ['WORKDIR x', 'WORKDIR /x'],
    ['CMD ["a\\tb", "c\\"d", "é"]', 'CMD ["a\\tb" "c\\"d" "é"]'],
    ['ENTRYPOINT exec x', 'ENTRYPOINT ["/bin/sh" "-c" "exec x"]'],
    ['EXPOSE 90/udp 80 [::1]:7:7 100-101', 'EXPOSE [100/tcp 101/tcp 80/tcp 90/udp 7/tcp]'],
    ['VOLUME /a /b', 'VOLUME [/a /b]'],
    ['SHELL ["/bin/sh", "-ec"]', 'SHELL [/bin/sh -ec]'],
    ['USER 1:2', 'USER 1:2'],
    ['STOPSIGNAL 9', 'STOPSIGNAL 9'],
    ['MAINTAINER A <b>', 'MAINTAINER A <b>'],
    ['HEALTHCHECK NONE', 'HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}'],
    [
      'HEALTHCHECK --interval=1500ms --start-period=1m30s --retries=3 CMD ["a", "b"]',
      'HEALTHCHECK {Test:[CMD a b] Interval:1.5s Timeout:0s StartPeriod:1m30s StartInterval:0s Retries:3}',
    ],
  ]
  for (const [instruction, text] of table) {
    test(`of ${instruction} has BuildKit's format`, () => {
      expect(historyOf(planned(`FROM busybox\n${instruction}\n`))).toEqual([text])
    })
  }

  test('returns the position of a layer', () => {
    const { image } = planned('FROM busybox\nENV A=1\nWORKDIR /\nWORKDIR /a\nRUN x\n')
    expect(image.history.map(({ node }) => node?.operation.kind)).toEqual([undefined, undefined, 'file', 'exec'])
    expect(image.history.every(({ comment }) => comment === 'buildkit.dockerfile.v0')).toBe(true)
  })
})

describe('WORKDIR', () => {
  test('has the current user as owner, and never creates the root', () => {
    const { result } = planned('FROM busybox\nUSER app\nWORKDIR a\nWORKDIR /\n')
    expect(result.operation).toEqual({
      kind: 'file',
      actions: [{ action: 'mkdir', path: '/a', mode: 0o755, owner: 'app' }],
    })
  })
})

describe('refusals', () => {
  for (const instruction of [
    'EXPOSE 0-65536',
    'EXPOSE a',
    'EXPOSE 1/2/3',
    'EXPOSE x:1:1',
    'STOPSIGNAL 0',
    'STOPSIGNAL X',
  ]) {
    test(`${instruction} is refused`, () => {
      expect(refusals(`FROM busybox\n${instruction}\n`).map(({ code }) => code)).toEqual(['PLAN_VALUE_INVALID'])
    })
  }
})

function exposed(...ports: readonly string[]): ContainerConfig {
  return { ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])) }
}
