import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { type Descriptor, type ImageReference, MediaType, repositoryName } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { SigningError } from './errors.ts'
import { BUNDLE_TYPE, formatBundle, SIGN_PREDICATE } from './formats/bundle.ts'
import type { Annotations, Claim } from './formats/claim.ts'
import { formatPayload, SIGNATURE_ANNOTATION, SIMPLE_SIGNING_TYPE } from './formats/simple-signing.ts'
import { findSignatureManifest, signatureTag } from './signature-tag.ts'
import { pushBytes } from './small-blobs.ts'

/** `tag`: a signature in the image's signature tag. `bundle`: a sigstore bundle that refers to the image. */
export type SignatureFormat = 'tag' | 'bundle'

export interface SignRequest {
  readonly client: RegistryClient
  /** A tag is signed as what it is at this moment. */
  readonly reference: ImageReference
  readonly key: KeyObject
  readonly annotations: Annotations
  readonly format: SignatureFormat
}

const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json'
const ATTEMPTS = 3

/** Pushes a signature of the image; gives the image's descriptor. Everything else is pushed before the tag. */
export async function signImage(request: SignRequest, signal?: AbortSignal): Promise<Descriptor> {
  const { client, reference, annotations } = request
  const image = await client.resolve(reference, signal)
  const claim = { digest: image.digest, annotations, repository: registryName(reference) }
  if (request.format === 'bundle') await pushBundle(request, claim, image, signal)
  else await pushSimpleSignature(request, claim, signal)
  return image
}

/** Docker Hub is `index.docker.io` there. */
function registryName(reference: ImageReference): string {
  return repositoryName(reference).replace(/^docker\.io\//, 'index.docker.io/')
}

async function pushSimpleSignature(
  { client, reference, key }: SignRequest,
  claim: Claim,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tag = signatureTag(reference, claim.digest)
  const bytes = formatPayload(claim)
  const payload = await pushBytes(client, tag, { mediaType: SIMPLE_SIGNING_TYPE, bytes }, signal)
  const signature = sign('sha256', bytes, key).toString('base64')
  const own = { ...payload, annotations: { [SIGNATURE_ANNOTATION]: signature } }
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    await pushSignatures({ client, tag }, [...(await signaturesIn(client, tag, signal)), own], signal)
    // Registries cannot keep two writers of a tag apart: another signer may have read it before this one wrote it.
    if ((await signaturesIn(client, tag, signal)).some((one) => signatureOf(one) === signature)) return
  }
  const message = `Cannot sign "${claim.digest}": the tag "${tag.tag}" is changed by others at the same time`
  throw new SigningError('SIGNING_BAD_SIGNATURE', message, { hint: 'Sign the image again' })
}

async function signaturesIn(client: RegistryClient, tag: ImageReference, signal: AbortSignal | undefined) {
  return (await findSignatureManifest(client, tag, signal))?.layers ?? []
}

function signatureOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[SIGNATURE_ANNOTATION]
}

async function pushSignatures(
  { client, tag }: { readonly client: RegistryClient; readonly tag: ImageReference },
  layers: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const diffIds = layers.map(({ digest }) => digest)
  const created = '0001-01-01T00:00:00Z'
  const rootfs = { type: 'layers', diff_ids: diffIds }
  const document = { architecture: '', created, history: layers.map(() => ({ created })), os: '', rootfs, config: {} }
  const bytes = Buffer.from(JSON.stringify(document))
  const config = await pushBytes(client, tag, { mediaType: MediaType.ociConfig, bytes }, signal)
  const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers }
  await client.pushManifest(tag, MediaType.ociManifest, Buffer.from(JSON.stringify(manifest)), signal)
}

async function pushBundle(
  { client, reference: { host, repository }, key }: SignRequest,
  claim: Claim,
  subject: Descriptor,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reference = { host, repository }
  const bytes = formatBundle(claim, key, createPublicKey(key))
  const layer = await pushBytes(client, reference, { mediaType: BUNDLE_TYPE, bytes }, signal)
  const empty = { mediaType: EMPTY_TYPE, bytes: Buffer.from('{}') }
  const config = await pushBytes(client, reference, empty, signal)
  const { mediaType, digest, size } = subject
  const manifest = {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    artifactType: BUNDLE_TYPE,
    config,
    layers: [layer],
    subject: { mediaType, digest, size },
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': SIGN_PREDICATE,
      'org.opencontainers.image.created': `${new Date().toISOString().slice(0, 19)}Z`,
    },
  }
  const referrer = { mediaType: MediaType.ociManifest, bytes: Buffer.from(JSON.stringify(manifest)) }
  await client.pushReferrer(reference, referrer, signal)
}
