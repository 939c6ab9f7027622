import { useState } from 'preact/hooks'
import type { Project } from '../../../api/index.ts'
import { call } from '../../api/call.ts'
import { useAction } from '../../api/use-loadable.ts'
import { Field } from '../../parts/fields.tsx'
import { FailureNotice } from '../../parts/notice.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { ProjectFields } from './project-fields.tsx'
import { NEW_FORM, settingsOf } from './project-form.ts'
import { WebhookSetup } from './webhook-setup.tsx'

export function NewProjectPage() {
  const [name, setName] = useState('')
  const [form, setForm] = useState(NEW_FORM)
  const [created, setCreated] = useState<{ readonly project: Project; readonly webhookSecret: string }>()
  const { isBusy, failure, run } = useAction()
  if (created !== undefined) return <Created {...created} />
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    run(async () => {
      setCreated(await call('createProject', { body: { name, settings: settingsOf(form, undefined) } }))
      scrollTo(0, 0)
    })
  }
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/projects">Projects</a> /
      </nav>
      <PageTitle title="Add a project" />
      <form class="settings" onSubmit={submit}>
        <Field
          label="Name"
          value={name}
          onChange={setName}
          required
          pattern="[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"
          help="Lowercase letters, digits and inner hyphens; part of the webhook's address"
        />
        <ProjectFields form={form} onChange={setForm} />
        {failure && <FailureNotice failure={failure} />}
        <div class="buttons">
          <button type="submit" class="primary" disabled={isBusy}>
            Add project
          </button>
        </div>
      </form>
    </>
  )
}

function Created({ project, webhookSecret }: { readonly project: Project; readonly webhookSecret: string }) {
  return (
    <>
      <PageTitle title={`Project ${project.name} added`} />
      <WebhookSetup project={project} secret={webhookSecret} />
      <p>
        <a class="button primary" href={`/projects/${project.name}`}>
          Go to the project
        </a>
      </p>
    </>
  )
}
