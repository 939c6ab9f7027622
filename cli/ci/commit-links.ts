import type { Io } from '../command.ts'

/** URLs of the sources of a job of GitHub Actions or a compatible system. */
export interface CommitLinks {
  readonly id: string
  readonly commit: string
  /** The Dockerfile, if it is a file of the repository. */
  readonly dockerfile?: string
}

/** Undefined outside a checkout from a forge. */
export function commitLinks(file: string | undefined, env: Io['env']): CommitLinks | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: id } = env
  if (!server || !repository || !id || !URL.canParse(server)) return undefined
  // SECURITY: no character of a name can end the link.
  const address = (path: string) => encodeURI(`${server}/${repository}/${path}`).replace(/[()#?]/g, percentEncoded)
  const dockerfile = { ...(file !== undefined && { dockerfile: address(`blob/${id}/${file}`) }) }
  return { id, commit: address(`commit/${id}`), ...dockerfile }
}

function percentEncoded(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}
