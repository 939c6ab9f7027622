import { FORGES } from '../../../api/index.ts'
import { Check, Choice, Field } from '../../parts/fields.tsx'
import { type ProjectForm, PULL_REQUESTS } from './project-form.ts'

interface ProjectFieldsProps {
  readonly form: ProjectForm
  readonly onChange: (form: ProjectForm) => void
}

type TextKey = { [K in keyof ProjectForm]: ProjectForm[K] extends string ? K : never }[keyof ProjectForm]

interface GroupProps extends ProjectFieldsProps {
  /** Value and change of a text. */
  readonly text: (key: TextKey) => { readonly value: string; readonly onChange: (value: string) => void }
}

/** The most common settings; the others are edited as JSON. */
export function ProjectFields({ form, onChange }: ProjectFieldsProps) {
  const text: GroupProps['text'] = (key) => ({
    value: form[key],
    onChange: (value) => onChange({ ...form, [key]: value }),
  })
  const group = { form, onChange, text }
  return (
    <>
      <RepositoryFields {...group} />
      <TriggerFields {...group} />
      <BuildFields {...group} />
      <ImageFields {...group} />
      <LimitFields {...group} />
    </>
  )
}

function RepositoryFields({ form, onChange, text }: GroupProps) {
  return (
    <fieldset>
      <legend>Repository</legend>
      <Field
        label="Git URL"
        {...text('url')}
        required
        placeholder="https://git.example.com/team/app.git"
        help="For a private repository, set the secret git-token or git-ssh-key afterwards"
      />
      <Choice label="Forge" value={form.forge} options={FORGES} onChange={(forge) => onChange({ ...form, forge })} />
    </fieldset>
  )
}

function TriggerFields({ form, onChange, text }: GroupProps) {
  return (
    <fieldset>
      <legend>Triggers</legend>
      <div class="columns">
        <Field label="Branches" {...text('branches')} rows={3} help="Patterns, one per line; a leading ! excludes" />
        <Field label="Tags" {...text('tags')} rows={3} help="Patterns, one per line" />
        <Field label="Changed files" {...text('paths')} rows={3} help="Patterns, one per line; empty: any file" />
      </div>
      <Choice
        label="Pull requests"
        value={form.pullRequests}
        options={PULL_REQUESTS}
        onChange={(pullRequests) => onChange({ ...form, pullRequests })}
      />
    </fieldset>
  )
}

function BuildFields({ text }: GroupProps) {
  return (
    <fieldset>
      <legend>Build</legend>
      <div class="columns">
        <Field label="Dockerfile" {...text('dockerfile')} placeholder="Dockerfile" />
        <Field label="Context" {...text('context')} help="Directory in the repository" />
        <Field label="Target stage" {...text('target')} placeholder="the last one" />
      </div>
      <div class="columns">
        <Field label="Build arguments" {...text('args')} rows={3} help="NAME=value, one per line" />
        <Field
          label="Platforms"
          {...text('platforms')}
          rows={3}
          placeholder="the platform of the worker"
          help="One per line"
        />
        <Field
          label="Secrets for RUN"
          {...text('secrets')}
          rows={3}
          help="Names of the project's secrets, one per line"
        />
      </div>
    </fieldset>
  )
}

function ImageFields({ text }: GroupProps) {
  return (
    <fieldset>
      <legend>Images</legend>
      <div class="columns">
        <Field
          label="Push to"
          {...text('destinations')}
          rows={3}
          placeholder="harbor.example.com/team/app"
          help="Repositories without a tag, one per line"
        />
        <Field label="Tag rules" {...text('tagRules')} rows={3} help="As in docker/metadata-action, one per line" />
      </div>
      <div class="columns">
        <Field label="Registry user" {...text('username')} />
        <Field label="Secret with its password" {...text('passwordSecret')} placeholder="registry-password" />
      </div>
    </fieldset>
  )
}

function LimitFields({ form, onChange, text }: GroupProps) {
  return (
    <fieldset>
      <legend>Limits</legend>
      <div class="columns">
        <Field label="Time limit in minutes" {...text('timeoutMinutes')} type="number" required />
        <Field label="Concurrent builds" {...text('concurrency')} type="number" required />
      </div>
      <Check
        label="A newer push of a branch cancels its waiting and running builds"
        value={form.supersede}
        onChange={(supersede) => onChange({ ...form, supersede })}
      />
      <Check label="Enabled" value={form.enabled} onChange={(enabled) => onChange({ ...form, enabled })} />
    </fieldset>
  )
}
