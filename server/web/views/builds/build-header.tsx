import type { Build } from '../../../api/index.ts'
import { shortRef } from '../../../api/short-ref.ts'
import { call } from '../../api/call.ts'
import { useMay } from '../../api/session.ts'
import { useAction } from '../../api/use-loadable.ts'
import { plainText } from '../../log/plain-text.ts'
import { durationText } from '../../parts/build-list.tsx'
import { formatAgo, formatTime } from '../../parts/format.ts'
import { ConnectionLost, FailureNotice } from '../../parts/notice.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { StateBadge } from '../../parts/state.tsx'
import { useNow } from '../../parts/use-now.ts'
import { navigate } from '../../route.ts'

interface BuildHeaderProps {
  readonly build: Build
  readonly isStale: boolean
  /** Title of the tab. */
  readonly part: string | undefined
}

export function BuildHeader({ build, isStale, part }: BuildHeaderProps) {
  const isOpen = build.endedAt === undefined
  const now = useNow(isOpen ? 500 : 30_000)
  return (
    <header class="build-header">
      {!isAtTerminal(build) && (
        <nav class="crumbs" aria-label="Breadcrumb">
          <a href={`/projects/${build.project}`}>{build.project}</a> / build {build.id}
        </nav>
      )}
      <PageTitle title={plainText(build.title ?? `Build ${build.id} of ${build.project}`)} part={part}>
        <BuildButtons build={build} />
      </PageTitle>
      <p class="build-about">
        <span role="status">
          <StateBadge state={build.state} />
        </span>
        <span>{durationText(build, now)}</span>
        {build.ref !== '' && <span class="ref">{plainText(shortRef(build.ref))}</span>}
        {build.commit !== undefined && <code>{build.commit.slice(0, 10)}</code>}
        {build.author !== undefined && <span>{plainText(build.author)}</span>}
        <span>{triggerText(build)}</span>
        <time dateTime={build.createdAt} title={formatTime(build.createdAt)}>
          {formatAgo(build.createdAt, now)}
        </time>
        {build.attempt > 1 && <span>attempt {build.attempt}</span>}
        {build.supersededBy !== undefined && (
          <span>
            by <a href={`/builds/${build.supersededBy}`}>build {build.supersededBy}</a>
          </span>
        )}
      </p>
      {isStale && isOpen && <ConnectionLost />}
    </header>
  )
}

function BuildButtons({ build }: { readonly build: Build }) {
  const mayBuild = useMay('build')
  const { isBusy, failure, run } = useAction()
  const path = { build: build.id }
  const isOpen = build.endedAt === undefined
  return (
    <div class="buttons">
      <a class="button" href={`/api/v1/builds/${build.id}/log`} download>
        Download log
      </a>
      {mayBuild && isOpen && (
        <button type="button" class="danger" disabled={isBusy} onClick={() => run(() => call('cancelBuild', { path }))}>
          Cancel
        </button>
      )}
      {mayBuild && !isOpen && !isAtTerminal(build) && (
        <button
          type="button"
          class="primary"
          disabled={isBusy}
          onClick={() => run(async () => navigate(`/builds/${(await call('retryBuild', { path })).id}`))}
        >
          Build again
        </button>
      )}
      {failure && <FailureNotice failure={failure} />}
    </div>
  )
}

function isAtTerminal({ trigger }: Build): boolean {
  return trigger.kind === 'terminal'
}

function triggerText({ trigger: { kind, by, pullRequest, fork } }: Build): string {
  const from = by === undefined ? '' : ` ${plainText(by)}`
  const texts = {
    webhook: `by webhook${from}`,
    api: `started by${from}`,
    schedule: `on schedule${from}`,
    'base-image': `new base image${from}`,
    retry: `built again by${from}`,
    terminal: 'from a terminal',
  }
  const request = pullRequest === undefined ? '' : ` for pull request ${pullRequest}`
  return `${texts[kind]}${request}${fork ? ' of a fork, without secrets' : ''}`
}
