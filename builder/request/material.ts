import { withoutCredentials } from '../../notation/index.ts'

/** An input of a build from elsewhere, or the source of the build itself. */
export interface Material {
  /** A package URL of an image, the address of a repository (`#reference` behind it) or of a download. */
  readonly uri: string
  /** By algorithm, hex: `sha256`, or `sha1` of a commit. */
  readonly digest: Readonly<Record<string, string>>
}

export function gitMaterial(url: string, reference: string, commit: string): Material {
  const uri = `${withoutCredentials(url)}${reference === '' ? '' : `#${reference}`}`
  return { uri, digest: { [commit.length === 40 ? 'sha1' : 'sha256']: commit } }
}

export function downloadMaterial(url: string, digest: string): Material {
  return { uri: withoutCredentials(url), digest: { sha256: digest.replace(/^sha256:/, '') } }
}
