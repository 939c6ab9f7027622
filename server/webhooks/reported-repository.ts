import type { Fields } from './json-fields.ts'
import type { ReportedRepository } from './repository-event.ts'
import type { Forge, RawWebhook } from './signatures.ts'

/** Event of webhooks that report all repositories of a GitLab; the body has the event's name. */
export const SYSTEM_HOOK = 'System Hook'

/** SPEC: GitHub, "Delivery headers"; newer versions of Gitea send it too. */
const HOOK_TARGET = 'x-github-hook-installation-target-type'

/**
 * The repository that a webhook reports, unless it is certainly that of the project. Groups of GitLab, workspaces and
 * projects of Bitbucket, and organizations of older versions of Gitea send the same requests as their repositories.
 */
export function reportedRepository(forge: Forge, webhook: RawWebhook, body: Fields): ReportedRepository | undefined {
  const target = forge === 'gitlab' ? webhook.header('x-gitlab-event') : webhook.header(HOOK_TARGET)
  if (target === 'repository') return undefined
  const isOneOfMany = forge === 'gitlab' ? target === SYSTEM_HOOK : target !== undefined
  const path = repositoryPath(forge, body)
  return path === undefined && !isOneOfMany ? undefined : { path: path ?? '', isOneOfMany }
}

function repositoryPath(forge: Forge, body: Fields): string | undefined {
  switch (forge) {
    case 'gitlab':
      return body.text('project', 'path_with_namespace')
    case 'bitbucket-server':
      return dataCenterPath(body.at('repository')) ?? dataCenterPath(body.at('pullRequest', 'toRef', 'repository'))
    case 'generic':
      return undefined
    default:
      return body.text('repository', 'full_name')
  }
}

function dataCenterPath(repository: Fields): string | undefined {
  const [project, name] = [repository.text('project', 'key'), repository.text('slug')]
  return project === undefined || name === undefined ? undefined : `${project}/${name}`
}
