import type { Descriptor, Manifest } from '../../image-spec/index.ts'
import {
  digestOf,
  fullName,
  type ImageConfig,
  type ImageReference,
  ImageSpecError,
  MediaType,
  parseImageConfig,
  repositoryName,
} from '../../image-spec/index.ts'
import { RegistryError } from '../../registry/index.ts'
import { imageInIndex, noPlatform } from '../documents/image-in-index.ts'
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
  const wanted = { client, action: 'pull', ...choice } as const
  const image = await imageInIndex(wanted, fetched, signal)
  if (image === undefined) throw noPlatform(wanted, fetched)
  const { manifest } = image
  const configBytes = await fetchConfig(client, { reference, descriptor: manifest.config }, signal)
  const config = readConfig(configBytes, reference, manifest)
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    const found = `${manifest.layers.length} layers, but ${config.rootfs.diff_ids.length} diff IDs`
    throw new RegistryError(
      'REGISTRY_BAD_RESPONSE',
      `Cannot pull "${fullName(reference)}": ${found} (expected one for each)`,
    )
  }
  const { descriptor, bytes: topBytes } = fetched
  return { reference, digest: descriptor.digest, topBytes, manifest, configBytes, config, id: manifest.config.digest }
}

/** An artifact, such as a chart or a signature, has another document in place of the configuration. */
function readConfig(bytes: Uint8Array, reference: ImageReference, { config, artifactType }: Manifest): ImageConfig {
  try {
    return parseImageConfig(bytes)
  } catch (cause) {
    if (!(cause instanceof ImageSpecError)) throw cause
    const object = fullName(reference)
    if (IMAGE_CONFIGS.has(config.mediaType)) {
      throw new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot pull "${object}": ${cause.message}`, { cause })
    }
    const type = JSON.stringify((artifactType || config.mediaType).slice(0, 100))
    const message = `Cannot pull "${object}": it is an artifact of type ${type} (expected an image)`
    const hint = 'Copy it to a directory: tsbuild copy docker://NAME oci:DIRECTORY'
    throw new RegistryError('REGISTRY_UNSUPPORTED', message, { hint })
  }
}

const IMAGE_CONFIGS: ReadonlySet<string> = new Set([MediaType.ociConfig, MediaType.dockerConfig])

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
