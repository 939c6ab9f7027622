import type { ProjectSettings, ProjectSettingsInput } from '../../../api/index.ts'

type Settings = ProjectSettings
type Pulls = Settings['triggers']['pullRequests']
export const PULL_REQUESTS: readonly Pulls[] = ['none', 'same-repository', 'all']

/** The settings as fields of a form: lists are lines of text. */
export interface ProjectForm {
  readonly url: string
  readonly forge: Settings['repository']['forge']
  readonly branches: string
  readonly tags: string
  readonly paths: string
  readonly pullRequests: Pulls
  readonly dockerfile: string
  readonly context: string
  readonly target: string
  readonly platforms: string
  readonly args: string
  readonly secrets: string
  readonly tagRules: string
  readonly destinations: string
  readonly username: string
  readonly passwordSecret: string
  readonly timeoutMinutes: string
  readonly concurrency: string
  readonly supersede: boolean
  readonly enabled: boolean
}

export const NEW_FORM: ProjectForm = {
  url: '',
  forge: 'generic',
  branches: 'main\nmaster',
  tags: '*',
  paths: '',
  pullRequests: 'none',
  dockerfile: '',
  context: '.',
  target: '',
  platforms: '',
  args: '',
  secrets: '',
  tagRules: 'type=ref,event=branch\ntype=ref,event=tag\ntype=sha',
  destinations: '',
  username: '',
  passwordSecret: '',
  timeoutMinutes: '60',
  concurrency: '1',
  supersede: true,
  enabled: true,
}

export function formOf({ repository, triggers, build, ...settings }: Settings): ProjectForm {
  const [login] = settings.destinations
  return {
    url: repository.url,
    forge: repository.forge,
    branches: triggers.branches.join('\n'),
    tags: triggers.tags.join('\n'),
    paths: triggers.paths.join('\n'),
    pullRequests: triggers.pullRequests,
    dockerfile: build.dockerfile ?? '',
    context: build.context,
    target: build.target ?? '',
    platforms: build.platforms.join('\n'),
    args: Object.entries(build.args)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    secrets: build.secrets.join('\n'),
    tagRules: settings.tags.join('\n'),
    destinations: settings.destinations.map((destination) => destination.repository).join('\n'),
    username: login?.username ?? '',
    passwordSecret: login?.passwordSecret ?? '',
    timeoutMinutes: String(build.timeoutSeconds / 60),
    concurrency: String(settings.concurrency),
    supersede: settings.supersede,
    enabled: settings.enabled,
  }
}

/** Merges the form's fields into the settings that it does not show. */
export function settingsOf(form: ProjectForm, old: Settings | undefined): ProjectSettingsInput {
  const { dockerfile: _, target: __, ...build } = old?.build ?? {}
  return {
    ...old,
    repository: { ...old?.repository, url: form.url.trim(), forge: form.forge },
    triggers: {
      ...old?.triggers,
      branches: linesOf(form.branches),
      tags: linesOf(form.tags),
      paths: linesOf(form.paths),
      pullRequests: form.pullRequests,
    },
    build: {
      ...build,
      ...(form.dockerfile.trim() !== '' && { dockerfile: form.dockerfile.trim() }),
      ...(form.target.trim() !== '' && { target: form.target.trim() }),
      context: form.context.trim() || '.',
      platforms: linesOf(form.platforms),
      args: Object.fromEntries(linesOf(form.args).map(nameAndValue)),
      secrets: linesOf(form.secrets),
      timeoutSeconds: Math.round(Number(form.timeoutMinutes) * 60),
    },
    tags: linesOf(form.tagRules),
    destinations: destinationsOf(form, old),
    concurrency: Number(form.concurrency),
    supersede: form.supersede,
    enabled: form.enabled,
  }
}

/** All use the same login, unless the old settings had different ones. */
function destinationsOf(form: ProjectForm, old: Settings | undefined): ProjectSettingsInput['destinations'] {
  const before = old && formOf(old)
  const isSameLogin = before?.username === form.username && before.passwordSecret === form.passwordSecret
  return linesOf(form.destinations).map((repository) => {
    const known = old?.destinations.find((destination) => destination.repository === repository)
    if (known !== undefined && isSameLogin) return known
    return {
      repository,
      ...(form.username.trim() !== '' && { username: form.username.trim() }),
      ...(form.passwordSecret.trim() !== '' && { passwordSecret: form.passwordSecret.trim() }),
    }
  })
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function nameAndValue(line: string): [string, string] {
  const at = line.indexOf('=')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}
