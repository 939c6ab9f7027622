import { withoutCredentials } from '../../notation/index.ts'

/** A remote input of a build, or the source of the build itself. */
export interface Material {
  /** Package URL of an image, or URL of a repository (with `#reference`) or a download. */
  readonly uri: string
  /** Hex digests by algorithm: `sha256`, or `sha1` of a commit. */
  readonly digest: Readonly<Record<string, string>>
}

export interface ContextMaterial extends Material {
  /** Directory of the repository that is the build context. */
  readonly subdirectory?: string
}

export function gitMaterial(url: string, reference: string, commit: string): Material {
  const uri = `${withoutCredentials(url)}${reference === '' ? '' : `#${reference}`}`
  return { uri, digest: { [commit.length === 40 ? 'sha1' : 'sha256']: commit } }
}

export function downloadMaterial(url: string, digest: string): Material {
  return { uri: withoutCredentials(url), digest: { sha256: digest.replace(/^sha256:/, '') } }
}
