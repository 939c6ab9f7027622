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
    checkout: { commit, ref, committedAt: '2026-02-03T04:05:06Z' },
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
  ['refs/heads/main', ['type=sha,priority=2000', 'type=ref,event=branch'], ['sha-abcdef1', 'main']],
]

describe('imageTags()', () => {
  test.each(rows)('of %s by %j are %j', (ref, tags, wanted) => expect(tagsOf(ref, tags)).toEqual(wanted))
  test('have the flavor', () => {
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
  test('of a pull request are its number', () => {
    expect(
      tagsOf('refs/pull/7/head', ['type=ref,event=branch', 'type=ref,event=pr'], [], {
        kind: 'webhook',
        pullRequest: 7,
      }),
    ).toEqual(['pr-7'])
  })
  test('are valid whatever the branch is called', () => {
    expect(tagsOf('refs/heads/--ö/@x', ['type=ref,event=branch'])[0]).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/)
  })
})

test.each([['type=nonsense'], ['type=semver'], ['type=match,pattern=('], ['type=ref'], ['type=ref,event=branch,x=y']])(
  'checkTagRules() refuses %s',
  (rule) => expect(() => checkTagRules({ tags: [rule], flavor: [] })).toThrow(/^Cannot use tag rule/),
)
