import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ProjectSettingsInput } from '../../../server/index.ts'
import { matchesPatterns } from '../../../server/webhooks/glob.ts'
import {
  serverDirectory,
  signedHeaders,
  startTestServer,
  type TestServer,
  WEBHOOK_SECRET,
} from '../../server/support/start-test-server.ts'

const directory = serverDirectory()
const HARBOR = 'the header of this Harbor'
const HUB = 'a-secret-in-the-address'
const [A, B, ZERO] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)]
const ALL: ProjectSettingsInput['triggers'] = { branches: ['**'], tags: ['**'], pullRequests: 'all' }
let server: TestServer
let deliveries = 0
const next = (): number => {
  deliveries += 1
  return deliveries
}

beforeAll(async () => {
  server = await startTestServer(directory, {
    TSBUILD_SERVER_WORKER_SLOTS: '0',
    TSBUILD_SERVER_WEBHOOKS_DOCKER_HUB_SECRET: HUB,
    TSBUILD_SERVER_WEBHOOKS_HARBOR_AUTHORIZATION: HARBOR,
  })
  const forges = ['github', 'gitlab', 'gitea', 'forgejo', 'bitbucket', 'bitbucket-server', 'generic'] as const
  for (const forge of forges)
    await create(forge, { repository: { url: 'https://git.example.com/x', forge }, triggers: ALL })
})

const create = (name: string, settings: ProjectSettingsInput) =>
  server.api.call('createProject', { body: { name, settings, webhookSecret: WEBHOOK_SECRET } })

const post = (path: string, headers: Record<string, string>, body: string) =>
  fetch(server.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

const hexOf = (body: string) => createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')

/** Headers and proof of each forge. */
const HEADERS: Readonly<Record<string, (event: string, body: string, id: string) => Record<string, string>>> = {
  github: (event, body, id) => ({
    'x-github-event': event,
    'x-github-delivery': id,
    'x-hub-signature-256': `sha256=${hexOf(body)}`,
  }),
  gitea: (event, body, id) => ({ 'x-gitea-event': event, 'x-gitea-delivery': id, 'x-gitea-signature': hexOf(body) }),
  forgejo: (event, body, id) => ({
    'x-forgejo-event': event,
    'x-forgejo-delivery': id,
    'x-forgejo-signature': hexOf(body),
  }),
  gitlab: (event, _, id) => ({ 'x-gitlab-event': event, 'x-gitlab-event-uuid': id, 'x-gitlab-token': WEBHOOK_SECRET }),
  bitbucket: (event, body, id) => ({
    'x-event-key': event,
    'x-request-uuid': id,
    'x-hub-signature': `sha256=${hexOf(body)}`,
  }),
  'bitbucket-server': (event, body, id) => ({
    'x-event-key': event,
    'x-request-id': id,
    'x-hub-signature': `sha256=${hexOf(body)}`,
  }),
  generic: (_, body, id) => signedHeaders(body, WEBHOOK_SECRET, { id }),
}

/** The builds that a delivery starts: ref, commit, and whether it is from a fork. */
async function deliver(forge: string, event: string, payload: object, id = `delivery-${next()}`) {
  const body = JSON.stringify(payload)
  const answer = await post(`/hooks/${forge}`, HEADERS[forge]?.(event, body, id) ?? {}, body)
  const {
    builds = [],
    outcome,
    error,
  } = (await answer.json()) as {
    builds?: number[]
    outcome?: string
    error?: { code: string }
  }
  const started = await Promise.all(builds.map((build) => server.api.call('showBuild', { path: { build } })))
  const shown = started.map(({ ref, commit, trigger }) => [ref, commit ?? '', trigger.fork === true])
  return answer.ok ? [outcome, ...shown] : [answer.status, error?.code]
}

const unique = () => ({ at: next() })
const githubPull = (head: object | null, base: object = { ref: 'main', repo: { full_name: 'team/app' } }) => ({
  action: 'opened',
  number: 7,
  pull_request: { number: 7, title: 'A change', head, base, user: { login: 'x' } },
  ...unique(),
})
const gitlabMerge = (ids: object) => ({
  object_attributes: { iid: 4, action: 'open', target_branch: 'main', last_commit: { id: A }, ...ids },
  ...unique(),
})
const cloudPull = (source: object) => ({
  pullrequest: {
    id: 3,
    title: 'x',
    source: { branch: { name: 'main' }, commit: { hash: A.slice(0, 12) }, ...source },
    destination: { branch: { name: 'main' }, repository: { uuid: '{1}' } },
  },
  ...unique(),
})
const dcPull = (from: object) => ({
  pullRequest: {
    id: 9,
    title: 'x',
    fromRef: { latestCommit: A, ...from },
    toRef: { id: 'refs/heads/main', repository: { id: 1 } },
  },
  ...unique(),
})

describe('contents of webhooks', () => {
  const IGNORED = ['ignored']
  const BAD = [400, 'SERVER_BAD_REQUEST']
  const branch = (name: string, commit = A, fork = false) => ['accepted', [`refs/heads/${name}`, commit, fork]]
  const cases: readonly (readonly [string, string, string, () => object, readonly unknown[]])[] = [
    [
      'a pushed tag',
      'github',
      'push',
      () => ({ ref: 'refs/tags/v1', after: A, created: true, ...unique() }),
      ['accepted', ['refs/tags/v1', A, false]],
    ],
    [
      'a deleted tag',
      'github',
      'push',
      () => ({ ref: 'refs/tags/v1', after: ZERO, deleted: true, ...unique() }),
      IGNORED,
    ],
    [
      'a deleted branch that only the commit shows',
      'github',
      'push',
      () => ({ ref: 'refs/heads/x', after: ZERO, ...unique() }),
      IGNORED,
    ],
    [
      'a forced push',
      'github',
      'push',
      () => ({ ref: 'refs/heads/f', before: B, after: A, forced: true, ...unique() }),
      branch('f'),
    ],
    [
      'a branch name in Unicode',
      'github',
      'push',
      () => ({ ref: 'refs/heads/größe-日本-🚢', after: A, ...unique() }),
      branch('größe-日本-🚢'),
    ],
    [
      'half of a surrogate pair in the ref',
      'github',
      'push',
      () => ({ ref: 'refs/heads/a\ud83d', after: A, ...unique() }),
      [400, 'SERVER_CHECKOUT_FAILED'],
    ],
    [
      'a NUL in message and author',
      'github',
      'push',
      () => ({ ref: 'refs/heads/n', after: A, head_commit: { message: 'a\0b', author: { name: '\0' } }, ...unique() }),
      branch('n'),
    ],
    ['an abbreviated commit', 'github', 'push', () => ({ ref: 'refs/heads/s', after: 'abc1234', ...unique() }), BAD],
    [
      'a commit that is an option of git',
      'github',
      'push',
      () => ({ ref: 'refs/heads/o', after: '--upload-pack=x', ...unique() }),
      BAD,
    ],
    ['no commit', 'github', 'push', () => ({ ref: 'refs/heads/c', ...unique() }), BAD],
    ['a commit that is a number', 'gitea', 'push', () => ({ ref: 'refs/heads/c', after: 1, ...unique() }), BAD],
    ['an empty commit ID', 'gitlab', 'Push Hook', () => ({ ref: 'refs/heads/c', after: '', ...unique() }), BAD],
    [
      'a commit that is not an ID',
      'bitbucket-server',
      'repo:refs_changed',
      () => ({ changes: [{ ref: { id: 'refs/heads/c' }, toHash: 'HEAD', type: 'UPDATE' }], ...unique() }),
      BAD,
    ],
    ['a ref of another kind', 'github', 'push', () => ({ ref: 'refs/notes/commits', after: A, ...unique() }), IGNORED],
    [
      'a ref that leaves its folder',
      'github',
      'push',
      () => ({ ref: 'refs/heads/../../config', after: A, ...unique() }),
      [400, 'SERVER_CHECKOUT_FAILED'],
    ],
    [
      'a ref with a line end',
      'github',
      'push',
      () => ({ ref: 'refs/heads/a\nb', after: A, ...unique() }),
      [400, 'SERVER_CHECKOUT_FAILED'],
    ],
    [
      'a ref of 300 characters',
      'github',
      'push',
      () => ({ ref: `refs/heads/${'x'.repeat(300)}`, after: A, ...unique() }),
      [400, 'SERVER_CHECKOUT_FAILED'],
    ],
    ['no ref', 'github', 'push', () => ({ after: A, ...unique() }), BAD],
    ['an event that builds nothing', 'github', 'workflow_run', () => unique(), IGNORED],
    ['an action with a NUL', 'github', 'pull_request', () => ({ action: 'a\0b', ...unique() }), IGNORED],
    [
      'a pull request',
      'github',
      'pull_request',
      () => githubPull({ sha: A, repo: { full_name: 'team/app' } }),
      ['accepted', ['refs/pull/7/head', A, false]],
    ],
    [
      'a pull request of a fork',
      'github',
      'pull_request',
      () => githubPull({ sha: A, repo: { full_name: 'evil/app' } }),
      ['accepted', ['refs/pull/7/head', A, true]],
    ],
    [
      'a pull request of a deleted fork',
      'github',
      'pull_request',
      () => githubPull({ sha: A, repo: null }),
      ['accepted', ['refs/pull/7/head', A, true]],
    ],
    [
      'a pull request that names no repository at all',
      'github',
      'pull_request',
      () => githubPull({ sha: A }, { ref: 'main' }),
      ['accepted', ['refs/pull/7/head', A, true]],
    ],
    ['a pull request whose head is nothing', 'github', 'pull_request', () => githubPull(null), BAD],
    [
      'a repository that is an array',
      'gitea',
      'pull_request',
      () => githubPull({ sha: A, repo: ['team/app'] }),
      ['accepted', ['refs/pull/7/head', A, true]],
    ],
    [
      'a pull request number that is not one',
      'gitea',
      'pull_request',
      () => ({ ...githubPull({ sha: A }), pull_request: { number: '7; rm', head: { sha: A } } }),
      ['accepted', ['refs/pull/7/head', A, true]],
    ],
    [
      'a tag push',
      'gitlab',
      'Tag Push Hook',
      () => ({ ref: 'refs/tags/v2', after: B, checkout_sha: A, ...unique() }),
      ['accepted', ['refs/tags/v2', A, false]],
    ],
    [
      'a deleted tag',
      'gitlab',
      'Tag Push Hook',
      () => ({ ref: 'refs/tags/v2', after: ZERO, checkout_sha: null, ...unique() }),
      IGNORED,
    ],
    [
      'a merge request',
      'gitlab',
      'Merge Request Hook',
      () => gitlabMerge({ source_project_id: 1, target_project_id: 1 }),
      ['accepted', ['refs/merge-requests/4/head', A, false]],
    ],
    [
      'a merge request of a fork',
      'gitlab',
      'Merge Request Hook',
      () => gitlabMerge({ source_project_id: 2, target_project_id: 1 }),
      ['accepted', ['refs/merge-requests/4/head', A, true]],
    ],
    [
      'a merge request that names no project',
      'gitlab',
      'Merge Request Hook',
      () => gitlabMerge({}),
      ['accepted', ['refs/merge-requests/4/head', A, true]],
    ],
    [
      'an update of a merge request without a push',
      'gitlab',
      'Merge Request Hook',
      () => gitlabMerge({ action: 'update' }),
      IGNORED,
    ],
    [
      'a system hook',
      'gitlab',
      'System Hook',
      () => ({ event_name: 'push', ref: 'refs/heads/main', after: A, ...unique() }),
      IGNORED,
    ],
    ['a push', 'forgejo', 'push', () => ({ ref: 'refs/heads/main', after: A, ...unique() }), branch('main')],
    [
      'a ref that names a branch and is one of a fork',
      'bitbucket',
      'pullrequest:created',
      () => cloudPull({ repository: { uuid: '{2}' } }),
      IGNORED,
    ],
    [
      'a pull request of a deleted fork',
      'bitbucket',
      'pullrequest:updated',
      () => cloudPull({ repository: null }),
      IGNORED,
    ],
    [
      'a pull request',
      'bitbucket',
      'pullrequest:created',
      () => cloudPull({ repository: { uuid: '{1}' } }),
      branch('main', ''),
    ],
    ['a push that names nothing', 'bitbucket', 'repo:push', () => ({ push: { changes: [] }, ...unique() }), IGNORED],
    [
      'a deleted branch',
      'bitbucket',
      'repo:push',
      () => ({ push: { changes: [{ old: { type: 'branch', name: 'main' }, new: null }] }, ...unique() }),
      IGNORED,
    ],
    [
      'a pull request of a fork',
      'bitbucket-server',
      'pr:opened',
      () => dcPull({ repository: { id: 2 } }),
      ['accepted', ['refs/pull-requests/9/from', A, true]],
    ],
    [
      'a pull request that names no repository',
      'bitbucket-server',
      'pr:opened',
      () => dcPull({}),
      ['accepted', ['refs/pull-requests/9/from', A, true]],
    ],
    [
      'a deleted branch',
      'bitbucket-server',
      'repo:refs_changed',
      () => ({ changes: [{ ref: { id: 'refs/heads/x' }, toHash: ZERO, type: 'DELETE' }], ...unique() }),
      IGNORED,
    ],
    [
      'a commit in capital letters',
      'generic',
      '',
      () => ({ ref: 'refs/heads/x', commit: 'A'.repeat(40) }),
      [400, 'SERVER_BAD_REQUEST'],
    ],
    [
      'a prototype',
      'generic',
      '',
      () => JSON.parse('{"__proto__": {"ref": "refs/heads/main"}, "constructor": 1}'),
      [400, 'SERVER_BAD_REQUEST'],
    ],
  ]

  test.each(cases)('%s, of %s', async (_, forge, event, payload, wanted) => {
    const [outcome, ...builds] = await deliver(forge, event, payload())
    expect([outcome, ...builds]).toEqual(wanted)
  })

  test('of GitLab are refused with a wrong token, or with a wrong signature next to the right token', async () => {
    const body = JSON.stringify({ ref: 'refs/heads/main', after: A })
    const event = { 'x-gitlab-event': 'Push Hook' }
    const refused = [
      {},
      { 'x-gitlab-token': '' },
      { 'x-gitlab-token': `${WEBHOOK_SECRET} x` },
      { ...signedHeaders(body, 'another secret'), 'x-gitlab-token': WEBHOOK_SECRET },
      { ...signedHeaders(body, WEBHOOK_SECRET), 'webhook-id': 'of another' },
    ]
    for (const headers of refused)
      expect((await post('/hooks/gitlab', { ...event, ...headers }, body)).status).toBe(401)
    expect((await post('/hooks/gitlab', { ...event, ...signedHeaders(body, WEBHOOK_SECRET) }, body)).status).toBe(202)
  })

  test('of older GitLab, with the ID of the event that caused them, start one build each', async () => {
    const push = { ref: 'refs/heads/recursive', after: A, checkout_sha: A }
    const other = { ...push, ref: 'refs/heads/recursive-too' }
    expect((await deliver('gitlab', 'Push Hook', push, 'one'))[0]).toBe('accepted')
    expect(await deliver('gitlab', 'Push Hook', push, 'one')).toEqual(['duplicate'])
    expect((await deliver('gitlab', 'Push Hook', other, 'one'))[0]).toBe('accepted')
  })

  test('with a known ID and another body, or a known body and another ID, start nothing', async () => {
    const push = { ref: 'refs/heads/replay', after: A }
    expect((await deliver('github', 'push', push, 'one'))[0]).toBe('accepted')
    expect(await deliver('github', 'push', { ...push, after: B }, 'one')).toEqual(['duplicate'])
    expect(await deliver('github', 'push', push, 'two')).toEqual([409, 'SERVER_REPLAYED'])
    expect(await deliver('github', 'push', push, `one${'\t'}`)).toEqual(['duplicate'])
  })

  test('of a pull request do not supersede builds of the branch, and vice versa', async () => {
    const change = { new: { type: 'branch', name: 'shared', target: { hash: B } } }
    const pull = () => {
      const { pullrequest, at } = cloudPull({ repository: { uuid: '{1}' }, branch: { name: 'shared' } })
      return { pullrequest, at }
    }
    await deliver('bitbucket', 'repo:push', { push: { changes: [change] }, ...unique() })
    await deliver('bitbucket', 'pullrequest:created', pull())
    await deliver('bitbucket', 'pullrequest:updated', pull())
    const { builds } = await server.api.call('listBuilds', {
      query: { project: 'bitbucket', ref: 'refs/heads/shared' },
    })
    expect(builds.map(({ state, trigger }) => [trigger.pullRequest ?? 0, state])).toEqual([
      [3, 'queued'],
      [3, 'superseded'],
      [0, 'queued'],
    ])
  })

  test('that are invalid do not affect concurrent ones', async () => {
    const bodies = Array.from({ length: 30 }, (_, index) => ({
      ref: index % 3 === 0 ? `refs/heads/a\ud83d${index}` : `refs/heads/fine-${index}`,
      message: '\0\ud800',
      author: '\udfff',
    }))
    const answers = await Promise.all(bodies.map((body) => server.push('generic', body)))
    expect(answers.map(({ status }) => status)).toEqual(bodies.map((_, index) => (index % 3 === 0 ? 400 : 202)))
  })

  test('with many paths are matched quickly, whatever the patterns are', async () => {
    const triggers = { branches: ['**'], paths: ['**/a/**/b/**/c/**/d', 'x/**/y/**/*z*w*'] }
    await create('patterns', { repository: { url: 'https://git.example.com/x' }, triggers })
    const paths = Array.from({ length: 9000 }, (_, index) => `${'a/b/c/'.repeat(30)}${index}`)
    const sent = server.push('patterns', { ref: 'refs/heads/main', paths })
    expect(await (await sent).json()).toMatchObject({ outcome: 'ignored' })
    expect(matchesPatterns(['**/a/**/b/**/c/**/d/**/e'], `${'a/b/c/d/'.repeat(2000)}f`)).toBe(false)
    expect(matchesPatterns(['*a*a*a*a*a*a*b'], 'a'.repeat(20_000))).toBe(false)
  })
})

describe('reports of registries', () => {
  const harbor = (payload: object) => post('/hooks/harbor', { authorization: HARBOR }, JSON.stringify(payload))
  const pushed = (url: string, more = {}) => ({
    type: 'PUSH_ARTIFACT',
    occur_at: next(),
    event_data: {
      resources: Array.from({ length: 3 }, () => ({ digest: `sha256:${A}`, tag: '1', resource_url: url })),
    },
    ...more,
  })

  test.each([
    ['a finished scan', () => pushed('harbor.example.com/base/a:1', { type: 'SCANNING_COMPLETED' })],
    ['an exceeded quota', () => pushed('harbor.example.com/base/a:1', { type: 'QUOTA_EXCEED' })],
    ['a deleted artifact', () => pushed('harbor.example.com/base/a:1', { type: 'DELETE_ARTIFACT' })],
    ['an image of no build', () => pushed('harbor.example.com/base/other:1')],
    ['an image by digest', () => pushed(`harbor.example.com/base/a@sha256:${A}`)],
    ['an image whose name is broken', () => pushed('harbor.example.com/\0\ud800:1')],
    ['no resources', () => ({ type: 'PUSH_ARTIFACT', event_data: { resources: null } })],
    ['CloudEvents without data', () => ({ type: 'harbor.artifact.pushed', data: [] })],
  ])('%s of Harbor starts nothing', async (_, payload) => {
    const answer = await harbor(payload())
    expect([answer.status, await answer.json()]).toEqual([202, { builds: [] }])
  })

  test('of Docker Hub that lack names, or whose names are not strings, start nothing', async () => {
    for (const payload of [{}, { push_data: { tag: 7 }, repository: { repo_name: [] } }, { repository: null }, []]) {
      const answer = await post(`/hooks/docker-hub/${HUB}`, {}, JSON.stringify(payload))
      expect([answer.status, await answer.json()]).toEqual([202, { builds: [] }])
    }
    for (const secret of ['', '%00', `${HUB}x`, encodeURIComponent(`${HUB}/..`)]) {
      expect((await post(`/hooks/docker-hub/${secret}`, {}, '{}')).status).toBeGreaterThanOrEqual(400)
    }
  })

  test('have paths that cannot be used as project names', async () => {
    for (const name of ['harbor', 'docker-hub']) {
      await expect(create(name, { repository: { url: 'https://git.example.com/x' } })).rejects.toThrow(
        /another webhook/,
      )
    }
  })
})
