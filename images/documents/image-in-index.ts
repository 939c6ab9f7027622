import {
  choosePlatform,
  formatPlatform,
  fullName,
  type ImageReference,
  listPlatforms,
  type Platform,
} from '../../image-spec/index.ts'
import { type FetchedManifest, type RegistryClient, RegistryError } from '../../registry/index.ts'

type FetchedImage = Extract<FetchedManifest, { kind: 'manifest' }>

export interface ImageInIndex {
  readonly client: Pick<RegistryClient, 'fetchManifest'>
  readonly action: 'pull' | 'inspect'
  readonly reference: ImageReference
  readonly platform: Platform
}

/** SECURITY: an index whose entry is another index, and so on, has an end. */
const MAX_DEPTH = 4

/** The platform's manifest, also if an index lists further indexes, as in BuildKit; undefined if there is none. */
export async function imageInIndex(
  { client, action, reference, platform }: ImageInIndex,
  top: FetchedManifest,
  signal?: AbortSignal,
): Promise<FetchedImage | undefined> {
  let found = top
  for (let depth = 0; found.kind === 'index'; depth += 1) {
    if (depth === MAX_DEPTH) {
      const message = `Cannot ${action} "${fullName(reference)}": its indexes are nested more than ${MAX_DEPTH} deep`
      throw new RegistryError('REGISTRY_BAD_RESPONSE', message)
    }
    const chosen = choosePlatform(found.index, platform)
    if (chosen === undefined) return undefined
    found = await client.fetchManifest({ ...reference, digest: chosen.digest }, { action, signal })
  }
  return found
}

export function noPlatform({ action, reference, platform }: ImageInIndex, top: FetchedManifest): RegistryError {
  const platforms = top.kind === 'index' ? listPlatforms(top.index) : []
  const found = platforms.join(', ') || 'no platforms'
  const message = `Cannot ${action} "${fullName(reference)}" for ${formatPlatform(platform)}: the image has ${found}`
  return new RegistryError('REGISTRY_NO_PLATFORM', message, {
    ...(platforms.length > 0 && { hint: 'Select one of them with --platform' }),
  })
}
