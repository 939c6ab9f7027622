import type { Io } from '../command.ts'

/** Addresses of what a job of GitHub's kind builds. */
export interface CommitLinks {
  readonly id: string
  readonly commit: string
  /** The Dockerfile, if it is a file of the repository. */
  readonly dockerfile?: string
}

/** Undefined outside a checkout of a forge. */
export function commitLinks(file: string | undefined, env: Io['env']): CommitLinks | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: id } = env
  if (!server || !repository || !id || !URL.canParse(server)) return undefined
  // SECURITY: no character of a name ends the link.
  const address = (path: string) => encodeURI(`${server}/${repository}/${path}`).replace(/[()#?]/g, percentEncoded)
  const dockerfile = file === undefined ? {} : { dockerfile: address(`blob/${id}/${file}`) }
  return { id, commit: address(`commit/${id}`), ...dockerfile }
}

function percentEncoded(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}
