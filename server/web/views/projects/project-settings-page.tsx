import { useState } from 'preact/hooks'
import type { Project } from '../../../api/index.ts'
import { call } from '../../api/call.ts'
import { useMay } from '../../api/session.ts'
import { useAction } from '../../api/use-loadable.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { Field } from '../../parts/fields.tsx'
import { FailureNotice } from '../../parts/notice.tsx'
import { navigate } from '../../route.ts'
import { ProjectFields } from './project-fields.tsx'
import { formOf, settingsOf } from './project-form.ts'

interface ProjectSettingsProps {
  readonly project: Project
  readonly onChange: () => void
}

export function ProjectSettingsPage({ project, onChange }: ProjectSettingsProps) {
  const isAdmin = useMay('admin')
  const [form, setForm] = useState(() => formOf(project.settings))
  const [json, setJson] = useState<string>()
  const [isSaved, setSaved] = useState(false)
  const { failure, isBusy, run } = useAction()
  const save = (event: SubmitEvent): void => {
    event.preventDefault()
    setSaved(false)
    run(async () => {
      const body = json === undefined ? settingsOf(form, project.settings) : parseSettings(json)
      const { settings } = await call('updateProject', { path: { project: project.name }, body })
      setForm(formOf(settings))
      if (json !== undefined) setJson(JSON.stringify(settings, null, 2))
      setSaved(true)
      onChange()
    })
  }
  const edited = JSON.stringify(settingsOf(form, project.settings), null, 2)
  return (
    <form class="settings" onSubmit={save}>
      <fieldset class="bare" disabled={!isAdmin}>
        {json === undefined ? (
          <ProjectFields form={form} onChange={setForm} />
        ) : (
          <Field label="All settings as JSON" value={json} onChange={setJson} rows={28} />
        )}
        {failure && <FailureNotice failure={failure} />}
        {isAdmin && (
          <div class="buttons">
            <button type="submit" class="primary" disabled={isBusy}>
              Save
            </button>
            <button type="button" onClick={() => setJson(json === undefined ? edited : undefined)}>
              {json === undefined ? 'Edit all as JSON' : 'Back to the form'}
            </button>
            <span role="status">{isSaved && 'Saved'}</span>
            <DeleteProject name={project.name} />
          </div>
        )}
      </fieldset>
    </form>
  )
}

function parseSettings(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new Error(`Cannot read the settings: ${(error as Error).message}`)
  }
}

function DeleteProject({ name }: { readonly name: string }) {
  const [isAsking, setAsking] = useState(false)
  const { failure, isBusy, run } = useAction()
  const remove = (): void =>
    run(async () => {
      await call('deleteProject', { path: { project: name } })
      navigate('/projects')
    })
  return (
    <>
      <button type="button" class="danger push" disabled={isBusy} onClick={() => setAsking(true)}>
        Delete project
      </button>
      {failure && <FailureNotice failure={failure} />}
      {isAsking && (
        <Confirm
          title={`Delete project ${name}?`}
          text="Its builds, logs and secrets are deleted too. Images in registries are kept."
          verb="Delete"
          onConfirm={remove}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
