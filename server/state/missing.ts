import { ServerError } from '../errors.ts'

const HINTS: Readonly<Record<string, string>> = {
  project: 'Check the name; tsbuild server project ls lists the projects',
  build: 'Check the ID; tsbuild server build ls lists the builds',
  token: 'Check the name or ID; tsbuild server token ls lists the tokens',
  secret: 'Check the name; tsbuild server secret ls lists the secrets of a project',
}

export function missing(kind: string, name: string): ServerError {
  return new ServerError('SERVER_NOT_FOUND', `Cannot find ${kind} "${name}": no such ${kind}`, {
    hint: HINTS[kind] ?? 'Check the address',
  })
}
