import type { Build } from '../../api/index.ts'
import { shortRef } from '../../api/short-ref.ts'
import { plainText } from '../log/plain-text.ts'
import { formatAgo, formatDuration, formatTime } from './format.ts'
import { StateBadge } from './state.tsx'
import { useNow } from './use-now.ts'

interface BuildListProps {
  readonly builds: readonly Build[]
  /** Absent if all builds belong to one project. */
  readonly showsProject?: boolean
}

export function BuildList({ builds, showsProject = false }: BuildListProps) {
  const now = useNow(
    1000,
    builds.some(({ endedAt }) => endedAt === undefined),
  )
  return (
    <ul class="builds">
      {builds.map((build) => (
        <li key={build.id}>
          <a href={`/builds/${build.id}`} class="build-row">
            <StateBadge state={build.state} />
            <span class="build-what">
              <span class="build-title">{plainText(build.title ?? `Build of ${shortRef(build.ref)}`)}</span>
              <span class="build-about">
                {build.trigger.kind === 'terminal' ? (
                  <span>{formatTime(build.createdAt)}</span>
                ) : (
                  <>
                    {showsProject && <strong>{build.project}</strong>}
                    <span>#{build.id}</span>
                    <span class="build-ref" title={plainText(shortRef(build.ref))}>
                      {plainText(shortRef(build.ref))}
                    </span>
                  </>
                )}
                {build.commit !== undefined && <code>{build.commit.slice(0, 7)}</code>}
                {build.author !== undefined && <span>{plainText(build.author)}</span>}
              </span>
            </span>
            <span class="build-times">
              <span>{durationText(build, now)}</span>
              <time dateTime={build.createdAt} title={formatTime(build.createdAt)}>
                {formatAgo(build.createdAt, now)}
              </time>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}

export function durationText({ startedAt, endedAt, createdAt }: Build, nowMs: number): string {
  if (startedAt !== undefined) return formatDuration((endedAt ? Date.parse(endedAt) : nowMs) - Date.parse(startedAt))
  return endedAt === undefined ? `waits ${formatDuration(nowMs - Date.parse(createdAt))}` : '–'
}
