/** SPEC: semver.org 2.0.0, with an optional `v`. */
export interface SemanticVersion {
  readonly version: string
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly prerelease: string | undefined
}

const SEMVER = /^v?((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?)(?:\+[0-9A-Za-z.-]+)?$/

export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  const match = SEMVER.exec(text)
  if (match === null) return undefined
  const [, version = '', major, minor, patch, prerelease] = match
  return { version, major: Number(major), minor: Number(minor), patch: Number(patch), prerelease }
}

// SPEC: PEP 440, public versions.
const PEP440 =
  /^v?(?:(\d+)!)?(\d+)(?:\.(\d+))?(?:\.(\d+))?((?:\.\d+)*)(?:[-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?(\d*))?(?:-?\.?post(\d*))?(?:[-_.]?dev(\d*))?$/i

export function parsePythonVersion(text: string): SemanticVersion | undefined {
  const match = PEP440.exec(text)
  if (match === null) return undefined
  const [, , major = '0', minor = '0', patch = '0', , pre] = match
  const isPrerelease = pre !== undefined || /dev\d*$/i.test(text)
  const plain = text.replace(/^v/, '')
  return {
    version: plain,
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    prerelease: isPrerelease ? plain : undefined,
  }
}
