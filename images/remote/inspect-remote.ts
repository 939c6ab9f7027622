import { type Descriptor, digestOf, fullName, type ImageReference, parseUntrustedJson } from '../../image-spec/index.ts'
import { type FetchedManifest, type RegistryClient, RegistryError } from '../../registry/index.ts'
import { imageInIndex, noPlatform } from '../documents/image-in-index.ts'
import type { PlatformChoice } from '../transfer/transfer.ts'

/** What a name refers to in a registry, without layers. */
export interface RemoteDescription {
  /** The manifest or index that the name refers to. */
  readonly top: FetchedManifest
  /** Equal to `top` without an index. Absent if the index has no image for the platform and none was requested. */
  readonly manifest?: Extract<FetchedManifest, { kind: 'manifest' }>
  /** As received: configurations of artifacts differ from those of images. */
  readonly config?: unknown
}

const MAX_CONFIG_BYTES = 4 << 20

/** Fetches the documents of an image: index, manifest for the platform, configuration. */
export async function inspectRemote(
  client: Pick<RegistryClient, 'fetchManifest' | 'fetchBlob'>,
  { reference, platform, isRequired }: PlatformChoice & { readonly isRequired: boolean },
  signal?: AbortSignal,
): Promise<RemoteDescription> {
  const top = await client.fetchManifest(reference, { action: 'inspect', signal })
  const wanted = { client, action: 'inspect', reference, platform } as const
  const manifest = await imageInIndex(wanted, top, signal)
  if (manifest !== undefined) return { top, manifest, ...(await configOf(client, reference, manifest.manifest.config)) }
  if (isRequired) throw noPlatform(wanted, top)
  return { top }
}

async function configOf(
  client: Pick<RegistryClient, 'fetchBlob'>,
  reference: ImageReference,
  blob: Descriptor,
): Promise<{ readonly config?: unknown }> {
  // an artifact's, which may be any bytes
  if (!/\+json$/.test(blob.mediaType) && !/\bjson\b/.test(blob.mediaType)) return {}
  const object = fullName(reference)
  const bad = (found: string) => new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot inspect "${object}": ${found}`)
  if (blob.size > MAX_CONFIG_BYTES)
    throw bad(`its configuration has ${blob.size} bytes (expected at most ${MAX_CONFIG_BYTES})`)
  const chunks: Uint8Array[] = []
  for await (const chunk of client.fetchBlob(reference, blob)) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (digestOf(bytes) !== blob.digest)
    throw bad(`its configuration has the digest ${digestOf(bytes)} (expected ${blob.digest})`)
  try {
    return { config: parseUntrustedJson(bytes.toString('utf8')) }
  } catch {
    throw bad('its configuration is not JSON')
  }
}
