import type { Project } from '../../../api/index.ts'
import { call } from '../../api/call.ts'
import { useMay } from '../../api/session.ts'
import { useLoadable } from '../../api/use-loadable.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Empty } from '../../parts/notice.tsx'
import { PageTitle } from '../../parts/page-title.tsx'

export function ProjectsPage() {
  const loadable = useLoadable('projects', (signal) => call('listProjects', { signal }))
  const isAdmin = useMay('admin')
  return (
    <>
      <PageTitle title="Projects">
        {isAdmin && (
          <a class="button primary" href="/new-project">
            Add project
          </a>
        )}
      </PageTitle>
      <Loaded loadable={loadable} what="projects">
        {({ projects }) =>
          projects.length === 0 ? (
            <Empty title="No projects yet">
              <p>
                A project is a git repository, the branches and tags that start builds, and where images are pushed.
              </p>
            </Empty>
          ) : (
            <ul class="cards">
              {projects.map((project) => (
                <ProjectCard key={project.name} project={project} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  )
}

function ProjectCard({ project: { name, settings } }: { readonly project: Project }) {
  const { repository, destinations, enabled } = settings
  return (
    <li class="card">
      <h2>
        <a href={`/projects/${name}`}>{name}</a>
        {!enabled && <span class="badge quiet">disabled</span>}
      </h2>
      <p class="wrap">{repository.url}</p>
      <p class="quiet-text wrap">
        {destinations.length === 0
          ? 'Not pushed: images stay on the worker'
          : `Pushed to ${destinations.map(({ repository }) => repository).join(', ')}`}
      </p>
    </li>
  )
}
