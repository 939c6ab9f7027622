import { useId } from 'preact/hooks'
import { BUILD_STATES, type BuildState } from '../../../api/index.ts'
import { useMay, useSession } from '../../api/session.ts'
import { useBuilds } from '../../api/use-builds.ts'
import { BuildList } from '../../parts/build-list.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { ConnectionLost, Empty, FailureNotice } from '../../parts/notice.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { navigate, useParameter } from '../../route.ts'

export function BuildsPage() {
  const wanted = useParameter('state')
  const state = BUILD_STATES.find((one) => one === wanted)
  const select = useId()
  return (
    <>
      <PageTitle title="Builds">
        <label class="inline" for={select}>
          State
          <select
            id={select}
            value={state ?? ''}
            onChange={({ currentTarget: { value } }) =>
              navigate(location.pathname + (value === '' ? '' : `?state=${value}`))
            }
          >
            <option value="">all</option>
            {BUILD_STATES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      </PageTitle>
      <LiveBuilds state={state} />
    </>
  )
}

interface LiveBuildsProps {
  readonly project?: string | undefined
  readonly state?: BuildState | undefined
}

export function LiveBuilds({ project, state }: LiveBuildsProps) {
  const builds = useBuilds({ project, state })
  return (
    <Loaded loadable={builds} what="builds">
      {(list) => (
        <>
          {builds.isStale && <ConnectionLost />}
          {list.length === 0 ? (
            <NoBuilds project={project} state={state} />
          ) : (
            <BuildList builds={list} showsProject={project === undefined} />
          )}
          {builds.moreAction.failure && <FailureNotice failure={builds.moreAction.failure} />}
          {builds.more && (
            <button type="button" class="more" disabled={builds.moreAction.isBusy} onClick={builds.more}>
              Show older builds
            </button>
          )}
        </>
      )}
    </Loaded>
  )
}

function NoBuilds({ project, state }: LiveBuildsProps) {
  const { isTerminal } = useSession()
  const isAdmin = useMay('admin')
  if (state !== undefined) return <Empty title={`No ${state} builds`} />
  if (isTerminal) {
    return (
      <Empty title="No builds yet">
        <p>
          Builds that run with <code>tsbuild build --ui</code> appear here.
        </p>
      </Empty>
    )
  }
  if (!isAdmin && project === undefined) return <Empty title="No builds yet" />
  return (
    <Empty title="No builds yet">
      {project === undefined ? (
        <p>
          <a href="/new-project">Add a project</a>, then push to its repository or start a build manually.
        </p>
      ) : (
        <p>
          Push to the repository once its <a href={`/projects/${project}/webhook`}>webhook</a> is set up, or start a
          build now.
        </p>
      )}
    </Empty>
  )
}
