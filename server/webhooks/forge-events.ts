import * as v from 'valibot'
import { commitId } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import { issueText } from '../issue-text.ts'
import type { Fields } from './json-fields.ts'
import { reportedRepository, SYSTEM_HOOK } from './reported-repository.ts'
import { isZero, type RepositoryEvent } from './repository-event.ts'
import type { Forge, RawWebhook } from './signatures.ts'

/** Several if a push of several refs is one delivery. */
type Read = (event: string, body: Fields) => readonly RepositoryEvent[]

interface ForgeEvents {
  /** Header with the event's name. */
  readonly header: string
  readonly read: Read
}

/** SPEC: the forges' documentation of webhook payloads; recorded ones are in test/server/payloads. */
export const forgeEvents: Readonly<Record<Forge, ForgeEvents>> = {
  github: { header: 'x-github-event', read: one(readGithub) },
  gitea: { header: 'x-gitea-event', read: one(readGithub) },
  forgejo: { header: 'x-gitea-event', read: one(readGithub) },
  gitlab: { header: 'x-gitlab-event', read: one(readGitlab) },
  bitbucket: { header: 'x-event-key', read: readBitbucket },
  'bitbucket-server': { header: 'x-event-key', read: readBitbucketServer },
  generic: { header: 'webhook-event', read: one(readGeneric) },
}

function one(read: (event: string, body: Fields) => RepositoryEvent): Read {
  return (event, body) => [read(event, body)]
}

export function eventName(forge: Forge, webhook: RawWebhook): string {
  const { header } = forgeEvents[forge]
  const own = forge === 'forgejo' ? webhook.header('x-forgejo-event') : undefined
  return (own ?? webhook.header(header) ?? 'push').slice(0, 100)
}

export function eventsOf(forge: Forge, webhook: RawWebhook, body: Fields): readonly RepositoryEvent[] {
  const repository = reportedRepository(forge, webhook, body)
  const events = forgeEvents[forge].read(eventName(forge, webhook), body)
  if (repository === undefined) return events
  return events.map((event) =>
    event.kind === 'push' || event.kind === 'pull-request' ? { ...event, repository } : event,
  )
}

/** GitHub, and forges with the same payloads. */
function readGithub(event: string, body: Fields): RepositoryEvent {
  if (event === 'ping') return { kind: 'ping' }
  if (event === 'push') {
    const after = body.text('after') ?? ''
    // For an annotated tag, `after` is the tag object.
    const commit = isZero(after) ? after : (body.text('head_commit', 'id') ?? after)
    return pushOf(body, commit, body.text('head_commit', 'message'))
  }
  const isPullRequest = event === 'pull_request' || event === 'pull_request_sync'
  if (!isPullRequest) return { kind: 'other', reason: `events "${event}" start no builds` }
  const action = body.text('action') ?? ''
  if (!['opened', 'synchronize', 'synchronized', 'reopened'].includes(action)) {
    return { kind: 'other', reason: `pull request was ${action}` }
  }
  const number = body.number('pull_request', 'number') ?? body.number('number') ?? 0
  const head = body.at('pull_request', 'head')
  return {
    kind: 'pull-request',
    number,
    ref: `refs/pull/${number}/head`,
    commit: head.text('sha') ?? '',
    ...titled(body.text('pull_request', 'title'), body.text('pull_request', 'user', 'login')),
    // If there is no repository, the fork was deleted.
    fromFork: isOther(head.text('repo', 'full_name'), body.text('pull_request', 'base', 'repo', 'full_name')),
    base: body.text('pull_request', 'base', 'ref') ?? '',
  }
}

function pushOf(body: Fields, commit = '', message: string | undefined): RepositoryEvent {
  const commits = body.list('commits')
  // Gitea lists the newest commit first, other forges last.
  const pushed = commits.find((one) => one.text('id') === commit) ?? commits.at(-1)
  const author = body.text('head_commit', 'author', 'name') ?? pushed?.text('author', 'name')
  return {
    kind: 'push',
    ref: body.text('ref') ?? '',
    commit,
    deleted: body.flag('deleted') || isZero(commit),
    ...titled(message ?? pushed?.text('message'), author),
    // A forced push also changes files of removed commits.
    ...(!body.flag('forced') && changedBy(commits, body.number('total_commits') ?? body.number('total_commits_count'))),
  }
}

/** Matching more paths would take too long. */
const MAX_PATHS = 10_000

/** SPEC: maximum length of GitHub's lists. Other forges report the number of all commits. */
const LISTED_COMMITS = 2048
const LISTED_FILES = 3000

/** Forges truncate long lists: then the paths are unknown. */
function changedBy(
  commits: readonly Fields[],
  total: number | undefined,
): { readonly changedPaths?: readonly string[] } {
  const isCut = commits.length >= LISTED_COMMITS || (total !== undefined && total > commits.length)
  if (commits.length === 0 || isCut) return {}
  const lists = ['added', 'modified', 'removed']
  if (commits.some((commit) => !lists.some((list) => commit.isGiven(list)))) return {}
  const files = commits.map((commit) => lists.flatMap((list) => commit.texts(list)))
  if (files.some(({ length }) => length >= LISTED_FILES)) return {}
  const paths = files.flat()
  return paths.length === 0 || paths.length > MAX_PATHS ? {} : { changedPaths: [...new Set(paths)] }
}

/** System hooks report all projects of a GitLab, with the event in the body. */
const SYSTEM_EVENTS: ReadonlyMap<string | undefined, string> = new Map([
  ['push', 'Push Hook'],
  ['tag_push', 'Tag Push Hook'],
  ['merge_request', 'Merge Request Hook'],
])

function readGitlab(event: string, body: Fields): RepositoryEvent {
  if (event === SYSTEM_HOOK) {
    const name = body.text('event_name') ?? body.text('object_kind')
    return readGitlab(SYSTEM_EVENTS.get(name) ?? `${SYSTEM_HOOK} ${name}`, body)
  }
  if (event === 'Push Hook' || event === 'Tag Push Hook') {
    // The commit of an annotated tag is in checkout_sha; `after` is the tag object.
    const push = pushOf(body, body.text('checkout_sha') ?? body.text('after'), undefined)
    if (push.kind !== 'push') return push
    if (body.flag('push_options', 'ci', 'skip'))
      return { kind: 'other', reason: 'the option ci.skip of the push skips CI' }
    return { ...push, deleted: isZero(body.text('after') ?? '') }
  }
  if (event !== 'Merge Request Hook') return { kind: 'other', reason: `events "${event}" start no builds` }
  const request = body.at('object_attributes')
  const action = request.text('action') ?? ''
  const isNew = ['open', 'reopen'].includes(action) || (action === 'update' && request.text('oldrev') !== undefined)
  if (!isNew) return { kind: 'other', reason: `merge request: ${action || 'no action'}` }
  const number = request.number('iid') ?? 0
  return {
    kind: 'pull-request',
    number,
    ref: `refs/merge-requests/${number}/head`,
    commit: request.text('last_commit', 'id') ?? '',
    message: request.text('last_commit', 'message') ?? '',
    ...titled(request.text('title'), body.text('user', 'username')),
    fromFork: isOther(request.number('source_project_id'), request.number('target_project_id')),
    base: request.text('target_branch') ?? '',
  }
}

/** Bitbucket sends all refs of a push in one delivery. */
function readBitbucket(event: string, body: Fields): readonly RepositoryEvent[] {
  if (event === 'diagnostics:ping') return [{ kind: 'ping' }]
  if (event !== 'repo:push') return [readBitbucketPull(event, body)]
  return body.list('push', 'changes').map((change) => {
    const now = change.at('new')
    const name = now.text('name') ?? change.text('old', 'name') ?? ''
    const type = now.text('type') ?? change.text('old', 'type')
    return {
      kind: 'push',
      ref: `refs/${type?.endsWith('tag') ? 'tags' : 'heads'}/${name}`,
      commit: now.text('target', 'hash') ?? '',
      deleted: now.text('name') === undefined,
      ...titled(now.text('target', 'message'), body.text('actor', 'display_name')),
    }
  })
}

function readBitbucketPull(event: string, body: Fields): RepositoryEvent {
  if (event !== 'pullrequest:created' && event !== 'pullrequest:updated') {
    return { kind: 'other', reason: `events "${event}" start no builds` }
  }
  const request = body.at('pullrequest')
  const source = request.at('source')
  const fromFork = isOther(source.text('repository', 'uuid'), request.text('destination', 'repository', 'uuid'))
  // The branch belongs to the fork: the repository itself has no ref of the pull request.
  if (fromFork) return { kind: 'other', reason: 'Bitbucket provides no refs for pull requests of forks' }
  return {
    kind: 'pull-request',
    number: request.number('id') ?? 0,
    ref: `refs/heads/${source.text('branch', 'name') ?? ''}`, // there is no ref of the pull request
    ...fullCommit(source.text('commit', 'hash')),
    ...titled(request.text('title'), request.text('author', 'display_name')),
    fromFork,
    base: request.text('destination', 'branch', 'name') ?? '',
  }
}

/** Bitbucket abbreviates commits of pull requests. */
function fullCommit(text = ''): { readonly commit?: string } {
  return v.is(commitId, text) ? { commit: text } : {}
}

function readBitbucketServer(event: string, body: Fields): readonly RepositoryEvent[] {
  if (event === 'diagnostics:ping') return [{ kind: 'ping' }]
  if (event !== 'repo:refs_changed') return [readBitbucketServerPull(event, body)]
  return body.list('changes').map((change) => {
    const commit = change.text('toHash') ?? ''
    // There is only one message for all refs: that of the last.
    const message = commit === body.text('toCommit', 'id') ? body.text('toCommit', 'message') : undefined
    return {
      kind: 'push',
      ref: change.text('ref', 'id') ?? '',
      commit,
      deleted: change.text('type') === 'DELETE',
      ...titled(message, body.text('actor', 'displayName')),
    }
  })
}

function readBitbucketServerPull(event: string, body: Fields): RepositoryEvent {
  if (event !== 'pr:opened' && event !== 'pr:from_ref_updated') {
    return { kind: 'other', reason: `events "${event}" start no builds` }
  }
  const request = body.at('pullRequest')
  const number = request.number('id') ?? 0
  return {
    kind: 'pull-request',
    number,
    ref: `refs/pull-requests/${number}/from`,
    commit: request.text('fromRef', 'latestCommit') ?? '',
    ...titled(request.text('title'), body.text('actor', 'displayName')),
    fromFork: isOther(request.number('fromRef', 'repository', 'id'), request.number('toRef', 'repository', 'id')),
    base: (request.text('toRef', 'id') ?? '').replace('refs/heads/', ''),
  }
}

/** Our own format: every field is used or refused. */
const genericBody = v.object({
  ref: v.string(),
  commit: v.nullish(commitId),
  deleted: v.nullish(v.boolean()),
  message: v.nullish(v.string()),
  author: v.nullish(v.string()),
  paths: v.nullish(v.array(v.string())),
})

function readGeneric(_: string, body: Fields): RepositoryEvent {
  const { success, issues } = v.safeParse(genericBody, body.value)
  if (!success) {
    throw new ServerError('SERVER_BAD_REQUEST', `Cannot read the webhook: ${issueText(issues)}`, {
      hint: 'Send {"ref": "refs/heads/main"}, and optionally "commit", "message", "author" and "paths"',
    })
  }
  const paths = body.texts('paths')
  const commit = body.text('commit')
  return {
    kind: 'push',
    ref: body.text('ref') ?? '',
    ...(commit !== undefined && { commit }),
    deleted: body.flag('deleted') || isZero(commit ?? ''),
    ...titled(body.text('message'), body.text('author')),
    ...(paths.length > 0 && paths.length <= MAX_PATHS && { changedPaths: paths }),
  }
}

/** SECURITY: an unknown source counts as a fork, which gets no secrets. */
function isOther(source: string | number | undefined, target: string | number | undefined): boolean {
  return source === undefined || source !== target
}

function titled(title: string | undefined, author: string | undefined) {
  return { ...(title !== undefined && { title }), ...(author !== undefined && { author }) }
}
