import { join, resolve } from 'node:path'
import { homeDirectory } from './home-directory.ts'

/** Default location of the store: TSBUILD_ROOT, else /var/lib/tsbuild for root, else the XDG data directory. */
export function defaultRoot(env: Readonly<Record<string, string | undefined>>, uid: number): string {
  if (env['TSBUILD_ROOT']) return resolve(env['TSBUILD_ROOT'])
  if (uid === 0) return '/var/lib/tsbuild'
  // SPEC: XDG base directories: relative values must be ignored.
  const data = env['XDG_DATA_HOME']
  if (data?.startsWith('/')) return join(data, 'tsbuild')
  return join(homeDirectory(env), '.local', 'share', 'tsbuild')
}
