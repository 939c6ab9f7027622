import { describe, expect, test } from 'vitest'
import { listTargets, outlineTarget, parseDockerfile } from '../../../parser/index.ts'

const TEXT = `
ARG GO=1.23
# DEBIAN is the release to build on
ARG DEBIAN=bookworm
ARG UNUSED=x
# build compiles the program
FROM --platform=$BUILDPLATFORM golang:\${GO}-$DEBIAN AS build
# VERSION is stamped into the program
ARG VERSION=dev TAGS
ARG TARGETARCH
RUN --mount=type=cache,target=/go --mount=type=secret,id=token,required --mount=type=ssh make

FROM debian:$DEBIAN AS tools
ARG TOOL=jq
RUN --mount=type=secret,target=/x/netrc --mount=type=secret,src=token --mount=type=bind,from=build,target=/b x

FROM scratch AS lonely
ARG ALONE

# release is what is shipped
FROM scratch AS Release
COPY --from=tools /t /
COPY --from=build /out /
`

function parsed(text: string) {
  const { dockerfile } = parseDockerfile(text)
  if (dockerfile === undefined) throw new Error('does not parse')
  return dockerfile
}

describe('listTargets()', () => {
  test('lists every stage with its description, base and platform, and the default', () => {
    expect(listTargets(parsed(TEXT)).map(({ range, ...target }) => ({ ...target, line: range.start.line }))).toEqual([
      {
        name: 'build',
        description: 'compiles the program',
        isDefault: false,
        base: 'golang:${GO}-$DEBIAN',
        platform: '$BUILDPLATFORM',
        line: 7,
      },
      { name: 'tools', isDefault: false, base: 'debian:$DEBIAN', line: 13 },
      { name: 'lonely', isDefault: false, base: 'scratch', line: 17 },
      { name: 'release', description: 'is what is shipped', isDefault: true, base: 'scratch', line: 21 },
    ])
  })
})

describe('outlineTarget()', () => {
  test('lists what the target and the stages it needs use', () => {
    const outline = outlineTarget(parsed(TEXT), undefined, { buildArgs: { VERSION: '2' } })
    expect(outline).toMatchObject({ name: 'release', description: 'is what is shipped' })
    expect(outline?.args.map(({ name, value, description }) => [name, value, description])).toEqual([
      ['GO', '1.23', undefined],
      ['DEBIAN', 'bookworm', 'is the release to build on'],
      ['VERSION', '2', 'is stamped into the program'],
      ['TAGS', undefined, undefined],
      ['TOOL', 'jq', undefined],
    ])
    expect(outline?.secrets.map(({ name, required }) => [name, required])).toEqual([
      ['token', true],
      ['netrc', false],
    ])
    expect(outline?.ssh.map(({ name, required }) => [name, required])).toEqual([['default', false]])
    expect(outline?.caches.map(({ name }) => name)).toEqual(['/go'])
  })

  test('follows mounts and omits what the target does not need', () => {
    expect(outlineTarget(parsed(TEXT), 'LONELY')?.args.map(({ name }) => name)).toEqual(['ALONE'])
    expect(outlineTarget(parsed(TEXT), 'tools')?.args.map(({ name }) => name)).toContain('VERSION')
    expect(outlineTarget(parsed(TEXT), '0')).toBeUndefined()
  })

  test('of a missing target is undefined', () => expect(outlineTarget(parsed(TEXT), 'nope')).toBeUndefined())

  test('ends if stages refer to each other in a circle', () => {
    const text = 'FROM scratch AS a\nCOPY --from=b /x /\nFROM a AS b\nCOPY --from=a /x /\n'
    expect(outlineTarget(parsed(text))).toMatchObject({ name: 'b', args: [] })
  })
})

test('an outline includes global arguments that others refer to', () => {
  const text = 'ARG inherited=box\nARG other=x\nARG unused=a${other}\nARG sfx="usy${inherited}"\nFROM b${sfx}\n'
  const { dockerfile } = parseDockerfile(text)
  if (dockerfile === undefined) throw new Error('does not parse')
  expect(outlineTarget(dockerfile)?.args.map(({ name, value }) => [name, value])).toEqual([
    ['inherited', 'box'],
    ['sfx', 'usybox'],
  ])
})

test('an outline shows the last declaration of an argument, and the complete RUN of a mount', () => {
  const text = `ARG A=1
FROM scratch AS base
ARG B=below
ARG C=below
FROM base
ARG A
ARG B=first
ARG B=last
ARG TARGETOS
RUN --mount=type=secret,id=x \\
    --mount=type=secret,id=x,required \\
    make
`
  const outline = outlineTarget(parsed(text))
  expect(outline?.args.map(({ name, value, range }) => [name, value, range.start.line])).toEqual([
    ['A', '1', 1],
    ['C', 'below', 4],
    ['B', 'last', 8],
  ])
  expect(outline?.secrets).toMatchObject([{ required: false, range: { start: { line: 10 }, end: { line: 12 } } }])
})

test('an outline shows a platform argument with a default', () => {
  const [arg] =
    outlineTarget(parsed('FROM scratch\nARG TARGETOS\n'), undefined, { buildArgs: { TARGETOS: 'x' } })?.args ?? []
  expect(arg).toMatchObject({ name: 'TARGETOS', value: 'x' })
})
