import type { Io } from '../command.ts'

export type CiSystem = 'github' | 'gitlab'

/** The CI system that shows the output; Gitea and Forgejo run jobs as GitHub does, and set its variable. */
export function ciSystem(env: Io['env']): CiSystem | undefined {
  if (env['GITHUB_ACTIONS'] === 'true') return 'github'
  if (env['GITLAB_CI'] === 'true') return 'gitlab'
  return undefined
}

/** Most systems set `CI`. */
export function isCiJob(env: Io['env']): boolean {
  return ciSystem(env) !== undefined || !['', '0', 'false'].includes(env['CI'] ?? '')
}
