import { useState } from 'preact/hooks'
import type { Project } from '../../../api/index.ts'
import { call } from '../../api/call.ts'
import { useMay } from '../../api/session.ts'
import { useAction } from '../../api/use-loadable.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { Field } from '../../parts/fields.tsx'
import { Empty, FailureNotice } from '../../parts/notice.tsx'

interface ProjectSecretsProps {
  readonly project: Project
  readonly onChange: () => void
}

export function ProjectSecrets({ project, onChange }: ProjectSecretsProps) {
  const isAdmin = useMay('admin')
  const [deleting, setDeleting] = useState<string>()
  const { failure, isBusy, run } = useAction()
  const remove = (secret: string): void =>
    run(async () => {
      await call('deleteSecret', { path: { project: project.name, secret } })
      onChange()
    })
  return (
    <>
      <p class="quiet-text">
        <code>git-token</code> (with <code>git-username</code>) or <code>git-ssh-key</code> log in to the repository.
        The others are for RUN steps and registries, as the settings name them. Values cannot be read back.
      </p>
      {project.secretNames.length === 0 && <Empty title="No secrets yet" />}
      <ul class="rows">
        {project.secretNames.map((name) => (
          <li key={name}>
            <code class="grow">{name}</code>
            {isAdmin && (
              <button type="button" class="quiet" disabled={isBusy} onClick={() => setDeleting(name)}>
                Delete<span class="visually-hidden"> {name}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {failure && <FailureNotice failure={failure} />}
      {isAdmin && <NewSecret project={project.name} onChange={onChange} />}
      {deleting !== undefined && (
        <Confirm
          title={`Delete secret ${deleting}?`}
          text="Builds that need it will fail."
          verb="Delete"
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </>
  )
}

function NewSecret({ project, onChange }: { readonly project: string; readonly onChange: () => void }) {
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const { failure, isBusy, run } = useAction()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    run(async () => {
      await call('putSecret', { path: { project, secret: name.trim() }, body: { value } })
      setName('')
      setValue('')
      onChange()
    })
  }
  return (
    <form class="settings" onSubmit={submit}>
      <fieldset>
        <legend>Set a secret</legend>
        <Field label="Name" value={name} onChange={setName} required placeholder="registry-password" />
        <Field
          label="Value"
          value={value}
          onChange={setValue}
          required
          rows={3}
          help="Replaces the value of an existing one"
        />
        {failure && <FailureNotice failure={failure} />}
        <button type="submit" class="primary" disabled={isBusy}>
          Set secret
        </button>
      </fieldset>
    </form>
  )
}
