import { ServerError } from '../errors.ts'

export function missing(kind: string, name: string): ServerError {
  return new ServerError('SERVER_NOT_FOUND', `Cannot find ${kind} "${name}": no such ${kind}`, {
    hint: kind === 'project' ? 'Check the name; tsbuild server project ls lists the projects' : 'Check the address',
  })
}
