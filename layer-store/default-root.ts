import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'

/** Default location of the store: TSBUILD_ROOT, else /var/lib/tsbuild for root, else the XDG data directory. */
export function defaultRoot(env: Readonly<Record<string, string | undefined>>, uid: number): string {
  if (env['TSBUILD_ROOT']) return resolve(env['TSBUILD_ROOT'])
  if (uid === 0) return '/var/lib/tsbuild'
  // SPEC: XDG base directories: relative values must be ignored.
  const data = env['XDG_DATA_HOME']
  if (data?.startsWith('/')) return join(data, 'tsbuild')
  return join(env['HOME']?.startsWith('/') ? env['HOME'] : accountHome(), '.local', 'share', 'tsbuild')
}

/** From the user database, which may lack the user in a container. */
function accountHome(): string {
  try {
    return userInfo().homedir || '/'
  } catch {
    return '/'
  }
}
