import { userInfo } from 'node:os'

/** HOME, else from the user database, which may lack the user in a container. */
export function homeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  if (env['HOME']?.startsWith('/')) return env['HOME']
  try {
    return userInfo().homedir || '/'
  } catch {
    return '/'
  }
}
