import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { projectSettings } from '../../../server/index.ts'
import { eventsOf, forgeEvents } from '../../../server/webhooks/forge-events.ts'
import { matchesPatterns } from '../../../server/webhooks/glob.ts'
import { Fields } from '../../../server/webhooks/json-fields.ts'
import { matchTriggers } from '../../../server/webhooks/match-triggers.ts'
import type { Forge } from '../../../server/webhooks/signatures.ts'

const commit = '1'.repeat(40)
const zero = '0'.repeat(40)
const settingsOf = (triggers: object) =>
  v.parse(projectSettings, { repository: { url: 'https://git.example.com/x/y.git' }, triggers })
const decide = (forge: Forge, event: string, body: unknown, triggers: object = {}) =>
  decideAll(forge, event, body, triggers).at(-1)
/** With the headers of a webhook. */
const hooked = (forge: Forge, event: string, body: unknown, triggers: object = {}) => {
  const headers = new Map([[forgeEvents[forge].header, event]])
  const webhook = { body: Buffer.alloc(0), header: (key: string) => headers.get(key) }
  return eventsOf(forge, webhook, new Fields(body))
    .map((one) => matchTriggers(settingsOf(triggers), one))
    .at(-1)
}
const decideAll = (forge: Forge, event: string, body: unknown, triggers: object = {}) =>
  forgeEvents[forge].read(event, new Fields(body)).map((one) => matchTriggers(settingsOf(triggers), one))

const github = { ref: 'refs/heads/main', after: commit, head_commit: { message: 'Fix it', author: { name: 'Ann' } } }
const gitlabPush = { ref: 'refs/heads/main', after: commit, checkout_sha: commit }
const dataCenterPull = { id: 7, fromRef: { latestCommit: commit } }
const dataCenterRef = (path: string) => ({
  id: 'refs/heads/main',
  repository: { project: { key: path.split('/')[0] }, slug: path.split('/')[1] },
})
const pull = {
  action: 'opened',
  number: 7,
  pull_request: {
    number: 7,
    title: 'A change',
    user: { login: 'ann' },
    head: { sha: commit, repo: { full_name: 'team/app' } },
    base: { ref: 'main', repo: { full_name: 'team/app' } },
  },
}
const fork = { ...pull, pull_request: { ...pull.pull_request, head: { sha: commit, repo: { full_name: 'eve/app' } } } }

describe('matchTriggers()', () => {
  test('decides on each ref of a push', () => {
    const branch = (name: string) => ({ new: { type: 'branch', name, target: { hash: commit, message: 'm' } } })
    const changes = [branch('main'), { old: { type: 'branch', name: 'gone' }, new: null }, branch('other')]
    expect(decideAll('bitbucket', 'repo:push', { push: { changes } }, { branches: ['main', 'other'] })).toEqual([
      { build: expect.objectContaining({ ref: 'refs/heads/main' }) },
      { ignored: 'refs/heads/gone was deleted' },
      { build: expect.objectContaining({ ref: 'refs/heads/other' }) },
    ])
    const ref = (id: string, toHash: string) => ({ ref: { id }, toHash, type: 'UPDATE' })
    const refs = [ref('refs/heads/main', commit), ref('refs/tags/v1', '2'.repeat(40))]
    const toCommit = { id: '2'.repeat(40), message: 'of the tag' }
    expect(decideAll('bitbucket-server', 'repo:refs_changed', { changes: refs, toCommit })).toEqual([
      { build: { ref: 'refs/heads/main', commit } },
      { build: { ref: 'refs/tags/v1', commit: '2'.repeat(40), title: 'of the tag' } },
    ])
  })

  test.each([
    ['push', { event_name: 'push', ref: 'refs/heads/main', after: commit, checkout_sha: commit }, 'refs/heads/main'],
    [
      'tag push',
      { event_name: 'tag_push', ref: 'refs/tags/v1', after: zero.replace('0', '1'), checkout_sha: commit },
      'refs/tags/v1',
    ],
  ])('a system hook of GitLab builds a %s of the repository of the project only', (_, body, ref) => {
    const of = (path: string) => hooked('gitlab', 'System Hook', { ...body, project: { path_with_namespace: path } })
    expect(of('X/Y')).toEqual({ build: { ref, commit } })
    expect(of('other/y')).toEqual({ ignored: '"other/y" is not the repository of the project' })
    expect(of('')).toEqual({ ignored: '"" is not the repository of the project' })
    const created = { event_name: 'project_create', path_with_namespace: 'x/y' }
    expect(decide('gitlab', 'System Hook', created)).toEqual({
      ignored: 'events "System Hook project_create" start no builds',
    })
  })

  const team = { group: 'x/other', own: 'X/Y', moved: 'renamed/y' }
  const bitbucketPush = { push: { changes: [{ new: { type: 'branch', name: 'main', target: { hash: commit } } }] } }
  const refsChanged = { changes: [{ ref: { id: 'refs/heads/main' }, toHash: commit, type: 'UPDATE' }] }
  const mergeRequest = { action: 'open', iid: 3, target_branch: 'main', last_commit: { id: commit } }
  test.each<[Forge, string, (path: string) => object]>([
    ['gitlab', 'Push Hook', (path) => ({ ...gitlabPush, project: { path_with_namespace: path } })],
    [
      'gitlab',
      'Merge Request Hook',
      (path) => ({ object_attributes: mergeRequest, project: { path_with_namespace: path } }),
    ],
    ['bitbucket', 'repo:push', (path) => ({ ...bitbucketPush, repository: { full_name: path } })],
    [
      'bitbucket-server',
      'repo:refs_changed',
      (path) => ({ ...refsChanged, repository: dataCenterRef(path).repository }),
    ],
    ['bitbucket-server', 'pr:opened', (path) => ({ pullRequest: { ...dataCenterPull, toRef: dataCenterRef(path) } })],
    ['gitea', 'push', (path) => ({ ...github, repository: { full_name: path } })],
  ])('a hook of a group of %s with the event %s builds its own repository only', (forge, event, bodyOf) => {
    const of = (path: string) => hooked(forge, event, bodyOf(path), { pullRequests: 'all' })
    expect(of(team.own)).toHaveProperty('build')
    expect(of(team.group)).toEqual({ ignored: expect.stringMatching(/^"x\/other" is not the repository/i) })
    expect(of(team.moved)).toHaveProperty('build')
  })

  test.each(['github', 'gitea'] as const)('a hook of an organization of %s builds its own repository only', (forge) => {
    const of = (target: string, name: string) => {
      const headers = new Map([
        [`x-${forge}-event`, 'push'],
        ['x-github-hook-installation-target-type', target],
      ])
      const webhook = { body: Buffer.alloc(0), header: (key: string) => headers.get(key) }
      const [event] = eventsOf(forge, webhook, new Fields({ ...github, repository: { full_name: name } }))
      return event && matchTriggers(settingsOf({}), event)
    }
    expect(of('organization', 'X/y')).toMatchObject({ build: { ref: 'refs/heads/main', commit } })
    expect(of('organization', 'x/other')).toEqual({ ignored: '"x/other" is not the repository of the project' })
    expect(of('repository', 'renamed/y')).toMatchObject({ build: { commit } })
  })

  test('builds a push of each forge', () => {
    const main = { build: expect.objectContaining({ ref: 'refs/heads/main', commit }) }
    expect(decide('github', 'push', github)).toEqual({
      build: { ref: 'refs/heads/main', commit, title: 'Fix it', author: 'Ann' },
    })
    expect(decide('gitea', 'push', github)).toEqual(main)
    expect(
      decide('gitlab', 'Push Hook', { ref: 'refs/heads/main', after: commit, checkout_sha: commit, commits: [] }),
    ).toEqual(main)
    const change = { new: { type: 'branch', name: 'main', target: { hash: commit, message: 'm' } } }
    expect(decide('bitbucket', 'repo:push', { push: { changes: [change] } })).toEqual(main)
    expect(
      decide('bitbucket-server', 'repo:refs_changed', {
        changes: [{ ref: { id: 'refs/heads/main' }, toHash: commit, type: 'UPDATE' }],
      }),
    ).toEqual(main)
    expect(decide('generic', 'push', { ref: 'refs/heads/main', commit })).toEqual(main)
  })

  test('builds the commit of an annotated tag instead of the tag object', () => {
    const tag = { ref: 'refs/tags/v1', after: '2'.repeat(40), head_commit: { id: commit, message: 'm' } }
    expect(decide('github', 'push', tag)).toEqual({ build: { ref: 'refs/tags/v1', commit, title: 'm' } })
    const target = { hash: commit, message: 'm' }
    const change = { new: { type: 'annotated_tag', name: 'v1', target } }
    expect(decide('bitbucket', 'repo:push', { push: { changes: [change] } })).toEqual({
      build: { ref: 'refs/tags/v1', commit, title: 'm' },
    })
  })

  test.each([
    ['a message that skips CI', 'github', 'push', { ...github, head_commit: { message: 'docs [skip ci]' } }],
    ['a deleted branch', 'github', 'push', { ...github, after: zero, deleted: true }],
    ['a deleted branch of GitLab', 'gitlab', 'Push Hook', { ref: 'refs/heads/main', after: zero, checkout_sha: null }],
    [
      'a deleted branch of Bitbucket',
      'bitbucket',
      'repo:push',
      { push: { changes: [{ old: { type: 'branch', name: 'main' }, new: null }] } },
    ],
    ['a branch of no pattern', 'github', 'push', { ...github, ref: 'refs/heads/feature' }],
    [
      'a push that skips CI by an option',
      'gitlab',
      'Push Hook',
      { ref: 'refs/heads/main', after: commit, push_options: { ci: { skip: true } } },
    ],
    ['a note', 'github', 'push', { ...github, ref: 'refs/notes/x' }],
    ['another event', 'github', 'issues', {}],
    ['a pull request, where none are wanted', 'github', 'pull_request', pull],
    ['a closed merge request', 'gitlab', 'Merge Request Hook', { object_attributes: { action: 'close' } }],
  ] as const)('ignores %s', (_, forge, event, body) => {
    expect(decide(forge, event, body)).toEqual({ ignored: expect.any(String) })
  })

  test('builds pull requests according to the setting, and marks those of forks', () => {
    const same = { pullRequests: 'same-repository' }
    expect(decide('github', 'pull_request', pull, same)).toEqual({
      build: expect.objectContaining({ ref: 'refs/pull/7/head', pullRequest: 7, commit }),
    })
    expect(decide('github', 'pull_request', fork, same)).toEqual({ ignored: expect.stringContaining('forks') })
    expect(decide('github', 'pull_request', fork, { pullRequests: 'all' })).toEqual({
      build: expect.objectContaining({ fork: true }),
    })
    const deleted = { ...pull, pull_request: { ...pull.pull_request, head: { sha: commit, repo: null } } }
    expect(decide('github', 'pull_request', deleted, { pullRequests: 'all' })).toEqual({
      build: expect.objectContaining({ fork: true }),
    })
    const merge = {
      object_attributes: {
        action: 'update',
        oldrev: zero,
        iid: 3,
        source_project_id: 1,
        target_project_id: 2,
        target_branch: 'main',
        last_commit: { id: commit },
      },
    }
    expect(decide('gitlab', 'Merge Request Hook', merge, { pullRequests: 'all' })).toEqual({
      build: expect.objectContaining({ ref: 'refs/merge-requests/3/head', fork: true }),
    })
  })

  test('filters by changed paths if the forge reports all of them', () => {
    const touching = (...paths: string[]) => ({ ...github, commits: [{ added: [], modified: paths, removed: [] }] })
    const triggers = { paths: ['src/**', '!src/docs/**'] }
    expect(decide('github', 'push', touching('README.md', 'src/a.c'), triggers)).toHaveProperty('build')
    expect(decide('github', 'push', touching('README.md', 'src/docs/a.md'), triggers)).toHaveProperty('ignored')
    expect(decide('github', 'push', github, triggers)).toHaveProperty('build')
    const silent = { ...github, commits: [{ modified: ['README.md'] }, { added: null, modified: null, removed: null }] }
    expect(decide('github', 'push', silent, triggers)).toHaveProperty('build')
    const cut = {
      ref: 'refs/heads/main',
      after: commit,
      checkout_sha: commit,
      total_commits_count: 30,
      commits: [{ modified: ['README.md'] }],
    }
    expect(decide('gitlab', 'Push Hook', cut, triggers)).toHaveProperty('build')
  })

  test('does not rely on truncated lists of GitHub or those of a forced push', () => {
    const triggers = { paths: ['src/**'] }
    const commits = (count: number) => Array.from({ length: count }, () => ({ modified: ['README.md'] }))
    const files = (count: number) => [{ added: [], modified: Array.from({ length: count }, (_, at) => `docs/${at}`) }]
    expect(decide('github', 'push', { ...github, commits: commits(2047) }, triggers)).toHaveProperty('ignored')
    expect(decide('github', 'push', { ...github, commits: commits(2048) }, triggers)).toHaveProperty('build')
    expect(decide('github', 'push', { ...github, commits: files(2999) }, triggers)).toHaveProperty('ignored')
    expect(decide('github', 'push', { ...github, commits: files(3000) }, triggers)).toHaveProperty('build')
    const forced = { ...github, forced: true, commits: commits(1) }
    expect(decide('github', 'push', forced, triggers)).toHaveProperty('build')
  })

  test.each([
    'docs [SKIP CI]',
    'docs [ci skip]',
    'docs [skip-ci]',
    'docs [ci_skip]',
    'docs\n\n[no ci]',
    'docs\r\n\r\n\r\nskip-checks: true \r\n',
  ])('a push with the message %j is not built', (message) => {
    expect(decide('github', 'push', { ...github, head_commit: { message } })).toHaveProperty('ignored')
  })

  // JSON.parse() reads 1e999 as Infinity, which is stored as null.
  test.each([[Number.POSITIVE_INFINITY], [1e21], [-1], [7.5], [undefined]])(
    'a pull request with the number %s is refused',
    (number) => {
      const opened = { ...pull, number, pull_request: { ...pull.pull_request, number } }
      const merge = { ...pull, object_attributes: { action: 'open', iid: number, last_commit: { id: commit } } }
      const refused = expect.objectContaining({ code: 'SERVER_BAD_REQUEST' })
      expect(() => decide('github', 'pull_request', opened, { pullRequests: 'all' })).toThrow(refused)
      expect(() => decide('gitlab', 'Merge Request Hook', merge, { pullRequests: 'all' })).toThrow(refused)
    },
  )

  test('a merge request whose commit skips CI is not built', () => {
    const request = { action: 'open', iid: 3, source_project_id: 1, target_project_id: 1, target_branch: 'main' }
    const body = (message: string) => ({ object_attributes: { ...request, last_commit: { id: commit, message } } })
    const triggers = { pullRequests: 'all' }
    expect(decide('gitlab', 'Merge Request Hook', body('docs [skip ci]'), triggers)).toHaveProperty('ignored')
    expect(decide('gitlab', 'Merge Request Hook', body('docs'), triggers)).toHaveProperty('build')
  })

  test('accepts only a full commit ID from a payload', () => {
    const hostile = { ref: 'refs/heads/main', commit: '--upload-pack=x' }
    expect(() => decide('generic', 'push', hostile)).toThrow('must be a full commit ID')
  })

  test('a push without a ref is refused', () => {
    expect(() => decide('gitea', 'push', {})).toThrow('Cannot read the webhook: it names no branch or tag')
  })

  test.each([
    [{ paths: 'src/a.c' }, 'paths'],
    [{ paths: { 0: 'src/a.c' } }, 'paths'],
    [{ paths: ['src/a.c', 1] }, 'paths.1'],
    [{ message: 1 }, 'message'],
    [{ deleted: 'yes' }, 'deleted'],
    [{ ref: undefined }, 'ref'],
    [{ ref: ['refs/heads/main'] }, 'ref'],
  ])('refuses a generic webhook with %j, because %s has the wrong type', (wrong, place) => {
    expect(() => decide('generic', 'push', { ref: 'refs/heads/main', ...wrong })).toThrow(
      expect.objectContaining({ code: 'SERVER_BAD_REQUEST', message: expect.stringContaining(`webhook: ${place}: `) }),
    )
  })
})

test.each([
  [['main'], 'main', true],
  [['*'], 'a/b', false],
  [['**'], 'a/b', true],
  [['release/**', '!release/old'], 'release/old', false],
  [['v?.*'], 'v1.2', true],
  [['a+b'], 'aab', false],
  [['**/x'], 'x', true],
  [[], 'x', false],
])('matchesPatterns(%j, %j) is %j', (patterns, text, expected) =>
  expect(matchesPatterns(patterns, text)).toBe(expected),
)
