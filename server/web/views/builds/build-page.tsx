import { useLiveBuild } from '../../api/use-live-build.ts'
import { FailureNotice, Loading } from '../../parts/notice.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import type { BuildTab } from '../../route.ts'
import { ImagePage } from '../images/image-page.tsx'
import { BuildDetails } from './build-details.tsx'
import { BuildFailureNotice } from './build-failure-notice.tsx'
import { BuildHeader } from './build-header.tsx'
import { BuildSteps } from './build-steps.tsx'

const TITLES: Readonly<Record<BuildTab, string>> = { steps: 'Steps', image: 'Image', details: 'Details' }

export function BuildPage({ id, tab }: { readonly id: number; readonly tab: BuildTab }) {
  const live = useLiveBuild(id)
  const { view, failure, reload } = live
  if (failure)
    return (
      <>
        <PageTitle title={`Build ${id}`} />
        <FailureNotice failure={failure} onRetry={reload} />
      </>
    )
  if (view === undefined) return <Loading what={`build ${id}`} />
  const { build } = view
  const path = `/builds/${id}`
  // A stored image (`tsbuild ui IMAGE`) has no steps.
  const hasSteps = build.trigger.kind !== 'terminal' || build.endedAt === undefined || view.steps.length > 0
  return (
    <>
      <BuildHeader build={build} isStale={live.isStale} part={tab === 'steps' ? undefined : TITLES[tab]} />
      {build.failure && (build.state === 'failed' || build.retryAt !== undefined) && (
        <BuildFailureNotice failure={build.failure} retryAt={build.retryAt} />
      )}
      <Tabs
        label="Build"
        current={tab}
        tabs={[
          ...(hasSteps ? [{ tab: 'steps', title: TITLES.steps, href: path } as const] : []),
          { tab: 'image', title: TITLES.image, href: `${path}/image` },
          { tab: 'details', title: TITLES.details, href: `${path}/details` },
        ]}
      />
      {tab === 'steps' && <BuildSteps live={live} view={view} />}
      {tab === 'image' && <ImagePage build={build} />}
      {tab === 'details' && <BuildDetails view={view} />}
    </>
  )
}
