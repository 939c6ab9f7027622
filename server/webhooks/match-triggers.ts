import * as v from 'valibot'
import { commitId, type ProjectSettings } from '../api/index.ts'
import { checkRef } from '../checkout/check-out.ts'
import { ServerError } from '../errors.ts'
import { matchesPatterns, patternMatcher } from './glob.ts'
import type { ReportedRepository, RepositoryEvent } from './repository-event.ts'

export type Decision =
  | {
      readonly build: {
        readonly ref: string
        readonly commit?: string
        readonly title?: string
        readonly author?: string
        readonly pullRequest?: number
        readonly base?: string
        readonly fork?: boolean
      }
    }
  | { readonly ignored: string }

/** SPEC: the texts of GitHub, and of GitLab, which also accepts `-` and `_` between the words. */
const SKIP = /\[(skip[ _-]ci|ci[ _-]skip|no ci|skip actions|actions skip)\]|^skip-checks: *true *$/im

/** Whether an event starts a build of the project, and why not. */
export function matchTriggers(settings: ProjectSettings, event: RepositoryEvent): Decision {
  if (!settings.enabled) return { ignored: 'the project is disabled' }
  if ('repository' in event && isOther(event.repository, settings.repository.url)) {
    return { ignored: `"${event.repository.path}" is not the repository of the project` }
  }
  switch (event.kind) {
    case 'ping':
      return { ignored: 'ping' }
    case 'other':
      return { ignored: event.reason }
    case 'push':
      return matchPush(settings, event)
    case 'pull-request':
      return matchPullRequest(settings, event)
  }
}

/**
 * If the webhook may be that of the repository, another path may also be that of a mirror, or the repository was moved to
 * another group.
 */
function isOther({ path, isOneOfMany }: ReportedRepository, url: string): boolean {
  const address = url.toLowerCase().replace(/(\.git)?\/?$/, '')
  const [group, whole] = [path.replace(/\/.*/, '/'), path].map((text) => text.toLowerCase())
  if (SEPARATORS.some((separator) => address.endsWith(separator + whole))) return false
  return isOneOfMany || SEPARATORS.some((separator) => address.includes(separator + group))
}

const SEPARATORS = ['/', ':']

type Push = Extract<RepositoryEvent, { kind: 'push' }>

function matchPush({ triggers }: ProjectSettings, event: Push): Decision {
  const { ref, commit, deleted, title, author, changedPaths } = event
  if (ref === '') {
    throw new ServerError('SERVER_BAD_REQUEST', 'Cannot read the webhook: it names no branch or tag', {
      hint: 'Set the forge of the project to the one that sends its webhooks',
    })
  }
  checkRef(ref)
  if (deleted) return { ignored: `${ref} was deleted` }
  if (title !== undefined && SKIP.test(title)) return { ignored: 'the commit message skips CI' }
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? []
  if (kind === undefined) return { ignored: `${ref} is neither a branch nor a tag` }
  const patterns = kind === 'tags' ? triggers.tags : triggers.branches
  if (!matchesPatterns(patterns, name)) return { ignored: `${ref} matches no pattern of the project` }
  const { paths } = triggers
  const isTouched = changedPaths === undefined || changedPaths.some(patternMatcher(paths))
  if (kind === 'heads' && paths.length > 0 && !isTouched)
    return { ignored: 'no changed file matches the paths of the project' }
  return {
    build: { ref, ...commitOf(commit), ...(title !== undefined && { title }), ...(author !== undefined && { author }) },
  }
}

type PullRequest = Extract<RepositoryEvent, { kind: 'pull-request' }>

function matchPullRequest({ triggers }: ProjectSettings, event: PullRequest): Decision {
  const { number, ref, commit, message = '', title, author, fromFork, base } = event
  if (!Number.isSafeInteger(number) || number < 1) throw noNumber(number)
  checkRef(ref)
  if (triggers.pullRequests === 'none') return { ignored: 'the project builds no pull requests' }
  if (fromFork && triggers.pullRequests !== 'all') return { ignored: 'the project builds no pull requests of forks' }
  if (!matchesPatterns(triggers.branches, base)) return { ignored: `branch ${base} matches no pattern of the project` }
  if (title !== undefined && SKIP.test(title)) return { ignored: 'the title skips CI' }
  if (SKIP.test(message)) return { ignored: 'the commit message skips CI' }
  const texts = { ...(title !== undefined && { title }), ...(author !== undefined && { author }) }
  return { build: { ref, ...commitOf(commit), ...texts, pullRequest: number, base, ...(fromFork && { fork: true }) } }
}

/** JSON has numbers that JavaScript reads as infinite, and stores as null. */
function noNumber(found: number): ServerError {
  const message = `Cannot read the webhook: ${found} is not the number of a pull request`
  return new ServerError('SERVER_BAD_REQUEST', message, {
    hint: 'Set the forge of the project to the one that sends its webhooks',
  })
}

/** SECURITY: it becomes an argument of git. Without it, another commit than the pushed one might be built. */
function commitOf(commit: string | undefined): { readonly commit?: string } {
  if (commit === undefined) return {}
  if (v.safeParse(commitId, commit).success) return { commit }
  const shown = JSON.stringify(commit.slice(0, 100))
  throw new ServerError('SERVER_BAD_REQUEST', `Cannot read the webhook: ${shown} is not a full commit ID`, {
    hint: 'Set the forge of the project to the one that sends its webhooks',
  })
}
