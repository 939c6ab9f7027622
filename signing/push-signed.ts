import { setTimeout as sleep } from 'node:timers/promises'
import type { Descriptor, ImageReference } from '../image-spec/index.ts'
import { MediaType } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { SigningError } from './errors.ts'
import { BUNDLE_TYPE } from './formats/bundle.ts'
import { SIGNATURE_ANNOTATION } from './formats/simple-signing.ts'
import { findSignatureManifest } from './signature-tag.ts'
import { pushBytes } from './small-blobs.ts'

const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json'
const ATTEMPTS = 10
const MIN_PAUSE_MS = 100
const MAX_PAUSE_MS = 2000

interface SignatureTag {
  readonly client: RegistryClient
  readonly tag: ImageReference
}

/**
 * Adds a layer to the manifest of a tag, next to those that are there. Registries do not isolate concurrent writers: one
 * that read the manifest before this write overwrites it. Therefore it is read again when such a writer has probably
 * finished, as for referrers tags.
 */
export async function addToTag(tag: SignatureTag, own: Descriptor, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const startMs = performance.now()
    const layers = await layersIn(tag, signal)
    if (layers.some((one) => isSame(one, own))) return
    await pushLayers(tag, [...layers, own], signal)
    const tookMs = performance.now() - startMs
    const pauseMs = Math.min(Math.max(tookMs * (2 + Math.random() * attempt), MIN_PAUSE_MS), MAX_PAUSE_MS)
    await sleep(pauseMs, undefined, { ...(signal !== undefined && { signal }) })
  }
  const message = `Cannot sign "${tag.tag.tag}": the tag is being changed concurrently`
  throw new SigningError('SIGNING_BAD_SIGNATURE', message, { hint: 'Sign the image again' })
}

async function layersIn(
  { client, tag }: SignatureTag,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  return (await findSignatureManifest(client, tag, signal))?.layers ?? []
}

function isSame(one: Descriptor, other: Descriptor): boolean {
  const signature = ({ annotations }: Descriptor) => annotations?.[SIGNATURE_ANNOTATION]
  return one.digest === other.digest && signature(one) === signature(other)
}

async function pushLayers(
  { client, tag }: SignatureTag,
  layers: readonly Descriptor[],
  signal: AbortSignal | undefined,
) {
  const created = '0001-01-01T00:00:00Z'
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) }
  const document = { architecture: '', created, history: layers.map(() => ({ created })), os: '', rootfs, config: {} }
  const bytes = Buffer.from(JSON.stringify(document))
  const config = await pushBytes(client, { reference: tag, mediaType: MediaType.ociConfig, bytes }, signal)
  const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers }
  await client.pushManifest(
    tag,
    { mediaType: MediaType.ociManifest, bytes: Buffer.from(JSON.stringify(manifest)) },
    signal,
  )
}

interface BundlePush {
  readonly client: RegistryClient
  readonly reference: ImageReference
  readonly subject: Descriptor
  readonly bundle: Buffer
  readonly predicateType: string
}

/** Pushes a sigstore bundle that refers to the image. */
export async function pushBundle(push: BundlePush, signal: AbortSignal | undefined): Promise<void> {
  const { client, bundle, predicateType } = push
  const { host, repository } = push.reference
  const reference = { host, repository }
  const layer = await pushBytes(client, { reference, mediaType: BUNDLE_TYPE, bytes: bundle }, signal)
  const config = await pushBytes(client, { reference, mediaType: EMPTY_TYPE, bytes: Buffer.from('{}') }, signal)
  const { mediaType, digest, size } = push.subject
  const manifest = {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    artifactType: BUNDLE_TYPE,
    config,
    layers: [layer],
    subject: { mediaType, digest, size },
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': predicateType,
      'org.opencontainers.image.created': `${new Date().toISOString().slice(0, 19)}Z`,
    },
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  await client.pushReferrer(reference, { mediaType: MediaType.ociManifest, bytes }, signal)
}
