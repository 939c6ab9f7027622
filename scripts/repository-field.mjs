// The `repository` field of packages: the address this checkout was cloned from.
import { spawnSync } from 'node:child_process'

/** Undefined where the clone has no remote or a local one: nobody else could open it. */
export function repositoryField(directory) {
  const git = spawnSync('git', ['config', '--get', 'remote.origin.url'], { cwd: directory, encoding: 'utf8' })
  const url = git.status === 0 ? addressOf(git.stdout.trim()) : undefined
  return url === undefined ? undefined : { type: 'git', url }
}

/** Without credentials: the packages are published. */
function addressOf(remote) {
  const short = /^(?:[^@/:]+@)?([^/:]+):(?!\/\/)(.+)$/.exec(remote) // host:path, as ssh has it
  const text = short === null ? remote : `ssh://git@${short[1]}/${short[2].replace(/^\/+/, '')}`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (!['https:', 'ssh:'].includes(url.protocol)) return undefined
  url.username = url.protocol === 'ssh:' ? 'git' : ''
  url.password = ''
  url.search = ''
  url.hash = ''
  return `git+${url.href}`
}
