import type { Descriptor, Manifest } from '../../image-spec/index.ts'
import {
  choosePlatform,
  digestOf,
  formatPlatform,
  fullName,
  type ImageReference,
  listPlatforms,
  parseImageConfig,
  repositoryName,
} from '../../image-spec/index.ts'
import { type FetchedManifest, RegistryError } from '../../registry/index.ts'
import { digestMismatch } from './digest-mismatch.ts'
import { retryDamaged } from './retry-damaged.ts'
import type { ImageSource, PlatformChoice, RemoteImage } from './transfer.ts'

/** Limit for configurations read back from the store. */
const MAX_CONFIG_BYTES = 4 << 20

/** Resolves the reference in the registry for one platform. */
export async function resolveRemote(
  client: ImageSource,
  choice: PlatformChoice,
  signal?: AbortSignal,
): Promise<RemoteImage> {
  const { reference } = choice
  const fetched = await client.fetchManifest(reference, { signal })
  const manifest = await manifestFor(client, fetched, { ...choice, signal })
  const configBytes = await fetchConfig(client, { reference, descriptor: manifest.config }, signal)
  const config = parseImageConfig(configBytes)
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    const found = `${manifest.layers.length} layers, but ${config.rootfs.diff_ids.length} diff ids`
    throw new RegistryError(
      'REGISTRY_BAD_RESPONSE',
      `Cannot pull "${fullName(reference)}": ${found} (expected one for each)`,
    )
  }
  const { descriptor, bytes: topBytes } = fetched
  return { reference, digest: descriptor.digest, topBytes, manifest, configBytes, config, id: manifest.config.digest }
}

interface ManifestChoice extends PlatformChoice {
  readonly signal: AbortSignal | undefined
}

async function manifestFor(client: ImageSource, fetched: FetchedManifest, choice: ManifestChoice): Promise<Manifest> {
  if (fetched.kind === 'manifest') return fetched.manifest
  const { reference, platform, signal } = choice
  const chosen = choosePlatform(fetched.index, platform)
  if (chosen === undefined) {
    const found = listPlatforms(fetched.index).join(', ') || 'no platforms'
    const message = `Cannot pull "${fullName(reference)}" for ${formatPlatform(platform)}: the image has ${found}`
    throw new RegistryError('REGISTRY_NO_PLATFORM', message, { hint: 'Select one of them with --platform' })
  }
  const inner = await client.fetchManifest({ ...reference, digest: chosen.digest }, { signal })
  if (inner.kind === 'manifest') return inner.manifest
  const message = `Cannot pull "${fullName(reference)}": its index refers to another index (expected a manifest)`
  throw new RegistryError('REGISTRY_BAD_RESPONSE', message)
}

async function fetchConfig(
  client: ImageSource,
  { reference, descriptor }: { readonly reference: ImageReference; readonly descriptor: Descriptor },
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const object = fullName(reference)
  if (descriptor.size > MAX_CONFIG_BYTES) {
    const message = `Cannot pull "${object}": its configuration has ${descriptor.size} bytes (at most ${MAX_CONFIG_BYTES})`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', message)
  }
  return retryDamaged(client.countSources?.(reference) ?? 1, async (damaged) => {
    const chunks: Uint8Array[] = []
    const options = { damaged, ...(signal !== undefined && { signal }) }
    for await (const chunk of client.fetchBlob(reference, descriptor, options)) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    if (digestOf(bytes) === descriptor.digest) return bytes
    throw digestMismatch(`${repositoryName(reference)}@${descriptor.digest}`, undefined)
  })
}
