import { type GitUrl, parseGitUrl, withWholeCommit } from '../../notation/index.ts'
import { BuildError } from '../request/errors.ts'

/** Parses a build context that is a git URL, by the same rules as ADD. */
export function gitContext(text: string): GitUrl {
  const parsed = withWholeCommit(parseGitUrl(text))
  if (!parsed.fault) return parsed
  const { found, needed } = parsed.fault
  throw new BuildError('BUILD_CONTEXT_BAD', `Cannot use git context "${parsed.url}": ${found} (expected ${needed})`)
}
