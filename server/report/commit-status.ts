import { createHash } from 'node:crypto'
import type { Build, ProjectSettings } from '../api/index.ts'
import type { Forge } from '../webhooks/signatures.ts'

export interface StatusRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
  /** Responses that mean that the forge already has this state. */
  readonly doneStatuses: readonly number[]
}

export interface StatusParts {
  readonly build: Build
  readonly repository: ProjectSettings['repository']
  readonly token: string
  readonly targetUrl: string | undefined
}

/** One per project: several projects may build the same repository. */
function contextOf({ project }: Build): string {
  return `tsbuild/${project}`
}

const DESCRIPTIONS: Readonly<Record<Build['state'], string>> = {
  queued: 'Waiting',
  running: 'Building',
  succeeded: 'Image built',
  failed: 'Build failed',
  cancelled: 'Cancelled',
  superseded: 'Superseded by a newer push',
}

type States = Readonly<Record<Build['state'], string>>
const GITHUB: States = {
  queued: 'pending',
  running: 'pending',
  succeeded: 'success',
  failed: 'failure',
  cancelled: 'error',
  superseded: 'error',
}
const GITLAB: States = {
  queued: 'pending',
  running: 'running',
  succeeded: 'success',
  failed: 'failed',
  cancelled: 'canceled',
  superseded: 'canceled',
}
const BITBUCKET: States = {
  queued: 'INPROGRESS',
  running: 'INPROGRESS',
  succeeded: 'SUCCESSFUL',
  failed: 'FAILED',
  cancelled: 'STOPPED',
  superseded: 'STOPPED',
}

/** The request that reports a build's state on its commit; undefined if the forge does not support it. */
export function statusRequest(parts: StatusParts): StatusRequest | undefined {
  const { build, repository } = parts
  const { forge } = repository
  const forgeRepository = repositoryOf(repository)
  if (build.commit === undefined || forgeRepository === undefined) return undefined
  return requestBuilders[forge]?.(parts, forgeRepository, build.commit)
}

interface ForgeRepository {
  /** `https://git.example.com` */
  readonly origin: string
  /** `owner/name` */
  readonly path: string
}

/** From any form of URL: `https://host/owner/name.git`, `git@host:owner/name`, `ssh://git@host:2222/owner/name`. */
function repositoryOf({ url, apiUrl }: ProjectSettings['repository']): ForgeRepository | undefined {
  const scp = /^[^/@]+@([^:/]+):(.+)$/.exec(url)
  const parsed = scp === null && URL.canParse(url) ? new URL(url) : undefined
  const path = (scp?.[2] ?? parsed?.pathname ?? '').replace(/^\/+|\/+$|\.git\/?$/g, '')
  const isHttp = parsed?.protocol === 'https:' || parsed?.protocol === 'http:'
  const host = scp?.[1] ?? (isHttp ? parsed?.host : parsed?.hostname)
  if (path === '' || (!host && apiUrl === undefined)) return undefined
  return { origin: apiUrl ?? `${isHttp ? parsed?.protocol : 'https:'}//${host}`, path }
}

type RequestBuilder = (parts: StatusParts, repository: ForgeRepository, commit: string) => StatusRequest

const requestBuilders: Readonly<Partial<Record<Forge, RequestBuilder>>> = {
  github: (parts, { origin, path }, commit) => {
    const root =
      parts.repository.apiUrl ?? (origin === 'https://github.com' ? 'https://api.github.com' : `${origin}/api/v3`)
    const headers = { authorization: `Bearer ${parts.token}`, accept: 'application/vnd.github+json' }
    return { url: `${root}/repos/${path}/statuses/${commit}`, headers, body: likeGithub(parts), doneStatuses: [] }
  },
  gitea: likeGitea,
  forgejo: likeGitea,
  gitlab: ({ build, repository, token, targetUrl }, { origin, path }, commit) => {
    const root = repository.apiUrl ?? `${origin}/api/v4`
    const state = GITLAB[build.state]
    const ref = shortName(build.ref)
    return {
      url: `${root}/projects/${encodeURIComponent(path)}/statuses/${commit}`,
      headers: { 'private-token': token },
      body: {
        state,
        ref,
        name: contextOf(build),
        description: DESCRIPTIONS[build.state],
        ...(targetUrl && { target_url: targetUrl }),
      },
      doneStatuses: [400], // "Cannot transition status": it already has this state, or a later one
    }
  },
  bitbucket: ({ build, repository, token, targetUrl }, { path }, commit) => ({
    url: `${repository.apiUrl ?? 'https://api.bitbucket.org/2.0'}/repositories/${path}/commit/${commit}/statuses/build`,
    headers: { authorization: `Bearer ${token}` },
    body: { ...ofBitbucket(build, targetUrl), ...(isNamed(build.ref) && { refname: shortName(build.ref) }) },
    doneStatuses: [],
  }),
  'bitbucket-server': ({ build, token, targetUrl }, { origin }, commit) => ({
    url: `${origin}/rest/build-status/1.0/commits/${commit}`,
    headers: { authorization: `Bearer ${token}` },
    body: { ...ofBitbucket(build, targetUrl), state: BITBUCKET[build.state].replace('STOPPED', 'FAILED') },
    doneStatuses: [],
  }),
}

function likeGitea(parts: StatusParts, { origin, path }: ForgeRepository, commit: string): StatusRequest {
  const root = parts.repository.apiUrl ?? `${origin}/api/v1`
  const headers = { authorization: `token ${parts.token}` }
  return { url: `${root}/repos/${path}/statuses/${commit}`, headers, body: likeGithub(parts), doneStatuses: [] }
}

function likeGithub({ build, targetUrl }: StatusParts): Readonly<Record<string, unknown>> {
  const description = DESCRIPTIONS[build.state]
  return {
    state: GITHUB[build.state],
    context: contextOf(build),
    description,
    ...(targetUrl && { target_url: targetUrl }),
  }
}

function isNamed(ref: string): boolean {
  return /^refs\/(heads|tags)\//.test(ref)
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '')
}

/** A status without a URL is refused. */
function ofBitbucket(build: Build, targetUrl: string | undefined): Readonly<Record<string, unknown>> {
  const description = DESCRIPTIONS[build.state]
  return {
    key: bitbucketKey(contextOf(build)),
    state: BITBUCKET[build.state],
    name: contextOf(build),
    url: targetUrl ?? 'https://localhost',
    description,
  }
}

/** SPEC: keys of Bitbucket Cloud have at most 40 characters. */
function bitbucketKey(context: string): string {
  if (context.length <= 40) return context
  return `${context.slice(0, 31)}-${createHash('sha256').update(context).digest('hex').slice(0, 8)}`
}
