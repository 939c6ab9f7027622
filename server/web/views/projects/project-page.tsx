import { useState } from 'preact/hooks'
import type { Project } from '../../../api/index.ts'
import { call } from '../../api/call.ts'
import { useMay } from '../../api/session.ts'
import { useAction, useLoadable } from '../../api/use-loadable.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { FailureNotice } from '../../parts/notice.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { navigate, PROJECT_TABS, type ProjectTab } from '../../route.ts'
import { LiveBuilds } from '../builds/builds-page.tsx'
import { StartBuild } from '../builds/start-build.tsx'
import { ProjectSecrets } from './project-secrets.tsx'
import { ProjectSettingsPage } from './project-settings-page.tsx'
import { ProjectWebhook } from './project-webhook.tsx'

interface ProjectPageProps {
  readonly project: string
  readonly tab: ProjectTab
}

const TITLES: Readonly<Record<ProjectTab, string>> = {
  builds: 'Builds',
  settings: 'Settings',
  secrets: 'Secrets',
  webhook: 'Webhook',
}

export function ProjectPage({ project: name, tab }: ProjectPageProps) {
  const path = { project: name }
  const loadable = useLoadable(name, (signal) => call('showProject', { path, signal }))
  return (
    <>
      {loadable.value === undefined && loadable.failure && <PageTitle title={name} />}
      <Loaded loadable={loadable} what={`project ${name}`}>
        {(project) => (
          <>
            <nav class="crumbs" aria-label="Breadcrumb">
              <a href="/projects">Projects</a> /
            </nav>
            <PageTitle title={project.name} part={tab === 'builds' ? undefined : TITLES[tab]}>
              <BuildButton project={project} />
            </PageTitle>
            <p class="quiet-text wrap">{project.settings.repository.url}</p>
            <Tabs
              label="Project"
              current={tab}
              tabs={PROJECT_TABS.map((one) => ({
                tab: one,
                title: TITLES[one],
                href: `/projects/${name}${one === 'builds' ? '' : `/${one}`}`,
              }))}
            />
            {tab === 'builds' && <LiveBuilds project={name} />}
            {tab === 'settings' && <ProjectSettingsPage project={project} onChange={loadable.reload} />}
            {tab === 'secrets' && <ProjectSecrets project={project} onChange={loadable.reload} />}
            {tab === 'webhook' && <ProjectWebhook project={project} onChange={loadable.reload} />}
          </>
        )}
      </Loaded>
    </>
  )
}

function BuildButton({ project: { name, settings } }: { readonly project: Project }) {
  const mayBuild = useMay('build')
  const [isAsking, setAsking] = useState(false)
  const { isBusy, failure, run } = useAction()
  if (!mayBuild) return null
  const start = (body: object): void =>
    run(async () => {
      const { id } = await call('triggerBuild', { path: { project: name }, body })
      navigate(`/builds/${id}`)
    })
  return (
    <div class="buttons">
      <button
        type="button"
        class="primary"
        disabled={isBusy || !settings.enabled}
        title={settings.enabled ? undefined : 'The project is disabled in its settings'}
        onClick={() => setAsking(true)}
      >
        Start build
      </button>
      {isAsking && <StartBuild onStart={start} onClose={() => setAsking(false)} />}
      {failure && <FailureNotice failure={failure} />}
    </div>
  )
}
