/** A version from which tags are generated. */
export interface SemanticVersion {
  readonly version: string
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** Generates only its full version, no shorter tag, and not `latest`. */
  readonly isPartial: boolean
}

// SPEC: semver.org 2.0.0, with an optional `v`.
const NUMBER = '0|[1-9]\\d{0,15}'
const IDENTIFIER = `(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)`
const SEMVER = new RegExp(
  `^v?((${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?)(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
)

export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  const match = SEMVER.exec(text)
  if (match === null) return undefined
  const [, version = '', major, minor, patch, prerelease] = match
  return {
    version,
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    isPartial: prerelease !== undefined,
  }
}

// SPEC: PEP 440, appendix B.
const PEP440 =
  /^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<letter>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?<pre>\d*))?(?:-(?<bare>\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postNumber>\d*))?(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>\d*))?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/i
const LETTERS: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' }

/** The version in normalized form: `1.0-RC.2` is `1.0rc2`. */
export function parsePythonVersion(text: string): SemanticVersion | undefined {
  const found = PEP440.exec(text.trim())?.groups
  if (found === undefined) return undefined
  const { epoch = '0', release = '', letter, pre, bare, post, postNumber, dev, devNumber, local } = found
  const number = (digits: string | undefined): string => String(Number(digits || '0'))
  const numbers = release.split('.').map(Number)
  const letters = letter?.toLowerCase() ?? ''
  const isPost = bare !== undefined || post !== undefined
  const version = [
    Number(epoch) === 0 ? '' : `${Number(epoch)}!`,
    numbers.join('.'),
    letter === undefined ? '' : `${LETTERS[letters] ?? letters}${number(pre)}`,
    isPost ? `.post${number(bare ?? postNumber)}` : '',
    dev === undefined ? '' : `.dev${number(devNumber)}`,
    local === undefined ? '' : `+${local.toLowerCase().replace(/[-_]/g, '.')}`,
  ].join('')
  const [major = 0, minor = 0, patch = 0] = numbers
  return { version, major, minor, patch, isPartial: letter !== undefined || isPost || dev !== undefined }
}
