import {
  type Descriptor,
  fullName,
  type ImageReference,
  MediaType,
  type Platform,
  parseImageConfig,
} from '../../image-spec/index.ts'
import { type RegistryClient, RegistryError } from '../../registry/index.ts'
import { inspectRemote } from '../remote/inspect-remote.ts'
import type { ListEntry, ManifestList, PlatformChange } from './manifest-list.ts'

const ANY_PLATFORM = { os: 'linux', architecture: 'amd64' } // manifests are not selected by platform here

/** A list entry for a registry's image, with the platform of its configuration. */
export async function fetchEntry(
  client: Pick<RegistryClient, 'fetchManifest' | 'fetchBlob'>,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<ListEntry> {
  const top = await client.fetchManifest(reference, { action: 'add', signal })
  if (top.kind === 'index')
    throw new RegistryError(
      'REGISTRY_UNSUPPORTED',
      `Cannot add "${fullName(reference)}": it is an index (expected a manifest for one platform)`,
      {
        hint: 'Use the digest of one of its manifests, as tsbuild manifest inspect shows it',
      },
    )
  const found = { fetchManifest: () => Promise.resolve(top), fetchBlob: client.fetchBlob }
  const { config } = await inspectRemote(found, { reference, platform: ANY_PLATFORM, isRequired: false }, signal)
  const platform = config === undefined ? undefined : platformOf(config)
  const descriptor = { ...top.descriptor, ...(platform !== undefined && { platform }) }
  return { reference, descriptor, bytes: top.bytes }
}

/** Undefined for artifacts, whose configurations are not those of images. */
function platformOf(config: unknown): Platform | undefined {
  try {
    const { os, architecture, variant } = parseImageConfig(Buffer.from(JSON.stringify(config)))
    return { architecture, os, ...(variant !== undefined && { variant }) }
  } catch {
    return undefined
  }
}

/** Replaces an entry with the same reference. */
export function withEntry(list: ManifestList, entry: ListEntry): ManifestList {
  const name = fullName(entry.reference)
  return { ...list, entries: [...list.entries.filter(({ reference }) => fullName(reference) !== name), entry] }
}

/** The list with a changed platform for one entry; undefined if it has no such entry. */
export function withPlatform(
  list: ManifestList,
  reference: ImageReference,
  change: PlatformChange,
): ManifestList | undefined {
  const name = fullName(reference)
  if (!list.entries.some((entry) => fullName(entry.reference) === name)) return undefined
  const entries = list.entries.map((entry) => {
    if (fullName(entry.reference) !== name) return entry
    const platform = { architecture: '', os: '', ...entry.descriptor.platform, ...change }
    return { ...entry, descriptor: { ...entry.descriptor, platform } }
  })
  return { ...list, entries }
}

/** The index to push. Uses Docker's media type if all manifests do. */
export function indexOf({ entries }: ManifestList): {
  readonly descriptor: Pick<Descriptor, 'mediaType'>
  readonly bytes: Uint8Array
} {
  const isDocker = entries.every(({ descriptor }) => descriptor.mediaType === MediaType.dockerManifest)
  const mediaType = isDocker ? MediaType.dockerManifestList : MediaType.ociIndex
  const manifests = entries.map(({ descriptor }) => descriptor)
  return {
    descriptor: { mediaType },
    bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }, undefined, 3)),
  }
}
