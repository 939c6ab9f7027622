import { describe, expect, test } from 'vitest'
import { checkTagRules, imageTags } from '../../../server/tags/image-tags.ts'

const commit = `abcdef1${'0'.repeat(33)}`
const tagsOf = (
  ref: string,
  tags: readonly string[],
  flavor: readonly string[] = [],
  trigger: object = { kind: 'webhook' },
) =>
  imageTags({
    settings: { tags: [...tags], flavor: [...flavor] },
    build: { ref, trigger: trigger as { kind: 'webhook' } },
    checkout: { commit, ref, committedAt: '2026-02-03T04:05:06Z', defaultBranch: 'main' },
  })

// SPEC: the tables in the README of docker/metadata-action.
const rows: readonly [string, readonly string[], readonly string[]][] = [
  ['refs/heads/main', ['type=ref,event=branch'], ['main']],
  ['refs/heads/releases/v1', ['type=ref,event=branch'], ['releases-v1']],
  ['refs/tags/v1.2.3', ['type=ref,event=tag'], ['v1.2.3', 'latest']],
  ['refs/tags/v2.0.8-beta.67', ['type=ref,event=tag'], ['v2.0.8-beta.67', 'latest']],
  ['refs/tags/v1.2.3', ['type=semver,pattern={{version}}'], ['1.2.3', 'latest']],
  ['refs/tags/v1.2.3', ['type=semver,pattern={{major}}.{{minor}}'], ['1.2', 'latest']],
  ['refs/tags/v1.2.3', ['type=semver,pattern=v{{major}}'], ['v1', 'latest']],
  ['refs/tags/v2.0.8-beta.67', ['type=semver,pattern={{version}}'], ['2.0.8-beta.67']],
  ['refs/tags/v2.0.8-beta.67', ['type=semver,pattern={{major}}.{{minor}}'], ['2.0.8-beta.67']],
  ['refs/tags/1.2.3', ['type=pep440,pattern={{version}}'], ['1.2.3', 'latest']],
  ['refs/tags/1.2.3rc2', ['type=pep440,pattern={{version}}'], ['1.2.3rc2']],
  ['refs/tags/v1.2.3', ['type=match,pattern=v(\\d.\\d),group=1'], ['1.2', 'latest']],
  ['refs/tags/p1/v1.2.3', ['type=match,pattern=/p1\\/v(.*)/,group=1'], ['1.2.3', 'latest']],
  ['refs/heads/main', ['type=edge'], ['edge']],
  ['refs/heads/dev', ['type=edge,branch=main', 'type=raw,value=x'], ['x']],
  ['refs/heads/main', ['type=sha'], ['sha-abcdef1']],
  ['refs/heads/main', ['type=sha,prefix=,format=long'], [commit]],
  ['refs/heads/main', ['foo'], ['foo']],
  [
    'refs/heads/main',
    ["type=raw,value={{branch}}-{{sha}}-{{commit_date 'YYYYMMDD-HHmm'}}"],
    ['main-abcdef1-20260203-0405'],
  ],
  ['refs/heads/main', ['type=raw,value=x,enable={{is_default_branch}}', 'type=sha'], ['x', 'sha-abcdef1']],
  ['refs/heads/dev', ['type=raw,value=x,enable={{is_default_branch}}', 'type=sha'], ['sha-abcdef1']],
  ['refs/heads/trunk', ['type=edge', 'type=sha'], ['sha-abcdef1']],
  // The first tag, which is the version, determines `latest`.
  ['refs/tags/v1.2.3', ['type=raw,value=x,priority=2000', 'type=ref,event=tag'], ['x', 'v1.2.3']],
  ['refs/tags/v1.2.3', ['type=raw,value=x', 'type=semver,pattern={{version}}'], ['1.2.3', 'x', 'latest']],
  ['refs/tags/v1.2.3-rc.1', ['type=semver,pattern={{version}}', 'type=ref,event=tag'], ['1.2.3-rc.1', 'v1.2.3-rc.1']],
  ['refs/tags/docker-v23.0.1', ['type=semver,pattern={{major}}.{{minor}},match=docker-(.*)'], ['23.0', 'latest']],
  ['refs/tags/app/v1.2.3', ['type=semver,pattern={{raw}},match=/v(\\d.*)$/'], ['1.2.3', 'latest']],
  ['refs/tags/v1.2.3-01', ['type=semver,pattern={{version}}', 'type=sha'], ['sha-abcdef1']],
  ['refs/tags/v1.2.3-rc..1', ['type=semver,pattern={{version}}', 'type=sha'], ['sha-abcdef1']],
  ['refs/tags/v1.2.3+build.5', ['type=semver,pattern={{version}}'], ['1.2.3', 'latest']],
  ['refs/tags/v99999999999999999999.0.0', ['type=semver,pattern={{version}}', 'type=sha'], ['sha-abcdef1']],
  ['refs/heads/main', ['type=semver,pattern={{major}}.{{minor}},value=v2.3.4'], ['2.3', 'latest']],
  ['refs/tags/1.2.3-RC.2', ['type=pep440,pattern={{version}}'], ['1.2.3rc2']],
  ['refs/tags/v1.2.post3', ['type=pep440,pattern={{major}}.{{minor}}'], ['1.2.post3']],
  ['refs/tags/1.2.dev0', ['type=pep440,pattern={{raw}}'], ['1.2.dev0']],
  ['refs/heads/main', ['type=raw,foo', 'Type=raw, value = bar '], ['foo', 'bar']],
  ['refs/heads/main', ["type=raw,value={{commit_date 'YY.M.D' tz='Asia/Tokyo'}}"], ['26.2.3']],
  ['refs/heads/main', ["type=raw,value={{commit_date 'YYYY[week]DDDD hhmmss-SSS'}}"], ['2026week034-040506-000']],
  ['refs/heads/main', ['type=sha,priority=2000', 'type=ref,event=branch'], ['sha-abcdef1', 'main']],
]

describe('imageTags()', () => {
  test.each(rows)('of %s by %j are %j', (ref, tags, expected) => expect(tagsOf(ref, tags)).toEqual(expected))
  test('apply the flavor', () => {
    expect(
      tagsOf(
        'refs/tags/v1.0.0',
        ['type=semver,pattern={{version}}'],
        ['latest=false', 'prefix=app-', 'suffix=-alpine'],
      ),
    ).toEqual(['app-1.0.0-alpine'])
    expect(
      tagsOf('refs/heads/main', ['type=ref,event=branch'], ['latest=true', 'suffix=-alpine,onlatest=true']),
    ).toEqual(['main-alpine', 'latest-alpine'])
  })
  test('of a pull request contain its number', () => {
    expect(
      tagsOf('refs/pull/7/head', ['type=ref,event=branch', 'type=ref,event=pr'], [], {
        kind: 'webhook',
        pullRequest: 7,
      }),
    ).toEqual(['pr-7'])
  })
  test('of a pull request can contain its base branch', () => {
    expect(
      tagsOf('refs/pull/7/head', ['type=raw,value={{base_ref}}-{{branch}}x'], [], {
        kind: 'webhook',
        pullRequest: 7,
        base: 'release/2',
      }),
    ).toEqual(['release-2-x'])
  })
  test('of a schedule follow its pattern, without replacing words in it', () => {
    const schedule = { kind: 'schedule' }
    expect(tagsOf('refs/heads/main', ['type=schedule,pattern=summer'], [], schedule)).toEqual(['summer'])
    expect(
      tagsOf(
        'refs/tags/v1.0.0',
        ["type=schedule,pattern={{date 'YYYYMMDD' tz='UTC'}}", 'type=ref,event=tag'],
        [],
        schedule,
      ),
    ).toEqual([expect.stringMatching(/^\d{8}$/), 'v1.0.0'])
  })
  test('expand expressions in the flavor, also for latest', () => {
    const flavor = ['prefix={{branch}}-,onlatest=true', 'latest=true']
    expect(tagsOf('refs/heads/a/b', ['type=raw,value=x'], flavor)).toEqual(['a-b-x', 'a-b-latest'])
  })
  test('are valid for every branch name', () => {
    expect(tagsOf('refs/heads/--ö/@x', ['type=ref,event=branch'])[0]).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/)
  })
})

test.each([
  ['type=nonsense'],
  ['type=semver'],
  ['type=match'],
  ['type=match,pattern=('],
  ['type=match,pattern=x,group=first'],
  ['type=semver,pattern={{version}},match=('],
  ['type=semver,pattern={{mayor}}'],
  ['type=ref'],
  ['type=ref,event=branch,x=y'],
  ['type=raw,value=x,latest=true'],
  ['type=raw,value={{brnach}}'],
  ['type=raw,value={{branch'],
  ['type=raw,value={{date}}'],
  ["type=raw,value={{date 'YYYY-Do'}}"],
  ["type=raw,value={{date 'YYYY' tz='Mars/Olympus'}}"],
  ['type=raw,value=x,enable=yes'],
  ['type=raw,value=x,priority=high'],
  ['type=sha,format=medium'],
  ['type=schedule,timezone=Mars/Olympus'],
])('checkTagRules() refuses %s', (rule) =>
  expect(() => checkTagRules({ tags: [rule], flavor: [] })).toThrow(/^Cannot use tag rule/),
)
