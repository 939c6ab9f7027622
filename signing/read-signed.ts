import type { Descriptor, Digest, ImageReference } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { BUNDLE_TYPE } from './formats/bundle.ts'
import { findSignatureManifest } from './signature-tag.ts'
import { fetchBytes } from './small-blobs.ts'

/** SECURITY: a repository may have any number of invalid signatures. */
const MAX_SIGNATURES = 1000
/** SECURITY: each may be as large as an SBOM, and all are held in memory. */
const MAX_TOTAL_BYTES = 256 << 20
/** Errors of a single document, as opposed to the registry or the network. */
const BAD_DOCUMENT: readonly unknown[] = [
  'REGISTRY_NOT_FOUND',
  'REGISTRY_BAD_RESPONSE',
  'REGISTRY_DIGEST_MISMATCH',
  'REGISTRY_UNSUPPORTED',
  'SIGNING_BAD_SIGNATURE',
]

/** Bytes that may contain a signature, or why they are missing. */
export interface ReadDocument {
  readonly layer: Descriptor
  readonly bytes: Buffer
}
export interface UnreadDocument {
  readonly unread: string
}

interface RemoteReference {
  readonly client: RegistryClient
  readonly reference: ImageReference
}

/** The layers of a type in the manifest of a tag. */
export async function readTag(
  { client, reference: tag }: RemoteReference,
  mediaType: string,
  signal: AbortSignal | undefined,
): Promise<readonly (ReadDocument | UnreadDocument)[]> {
  const manifest = await orUnread(`tag "${tag.tag}"`, findSignatureManifest(client, tag, signal))
  if (manifest === undefined) return []
  if ('unread' in manifest) return [manifest]
  const { layers } = manifest
  return readLayers({ client, reference: tag }, { layers, mediaType, name: 'payload', room: fullRoom() }, signal)
}

/** The sigstore bundles that refer to an image. */
export async function readBundles(
  { client, reference: { host, repository } }: RemoteReference,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly (ReadDocument | UnreadDocument)[]> {
  const reference = { host, repository }
  const listing = client.listReferrers(reference, digest, { artifactType: BUNDLE_TYPE, signal })
  const referrers = await orUnread('list of bundles', listing)
  if ('unread' in referrers) return [referrers]
  const read: (ReadDocument | UnreadDocument)[] = []
  const room = fullRoom()
  for (const referrer of referrers.slice(0, MAX_SIGNATURES)) {
    const bundle = { host, repository, digest: referrer.digest }
    const fetched = await orUnread(`bundle ${referrer.digest}`, client.fetchManifest(bundle, { signal }))
    if ('unread' in fetched) read.push(fetched)
    else if (fetched.kind === 'manifest') {
      const { layers } = fetched.manifest
      const bundles = { layers, mediaType: BUNDLE_TYPE, name: `bundle ${referrer.digest}`, room }
      read.push(...(await readLayers({ client, reference: bundle }, bundles, signal)))
    }
  }
  return read
}

interface Layers {
  readonly layers: readonly Descriptor[]
  readonly mediaType: string
  readonly name: string
  readonly room: Room
}

/** For the documents that are read. */
interface Room {
  leftBytes: number
}

function fullRoom(): Room {
  return { leftBytes: MAX_TOTAL_BYTES }
}

async function readLayers(
  { client, reference }: RemoteReference,
  { layers, mediaType, name, room }: Layers,
  signal: AbortSignal | undefined,
): Promise<readonly (ReadDocument | UnreadDocument)[]> {
  const read: (ReadDocument | UnreadDocument)[] = []
  for (const layer of layers.slice(0, MAX_SIGNATURES)) {
    if (layer.mediaType !== mediaType) continue
    if (layer.size > room.leftBytes) {
      read.push({ unread: `${name}: all of them have more than ${MAX_TOTAL_BYTES >> 20} MiB` })
      continue
    }
    room.leftBytes -= layer.size
    const bytes = await orUnread(name, fetchBytes(client, { reference, blob: layer }, signal))
    if (bytes === undefined) read.push({ unread: `${name}: its content does not match its digest` })
    else read.push('unread' in bytes ? bytes : { layer, bytes })
  }
  return read
}

async function orUnread<T>(name: string, work: Promise<T>): Promise<T | UnreadDocument> {
  try {
    return await work
  } catch (error) {
    // By its code: this room may be loaded from another file with its own copy of the class.
    if (!(error instanceof Error) || !('code' in error) || !BAD_DOCUMENT.includes(error.code)) throw error
    return { unread: `${name}: ${error.code === 'REGISTRY_NOT_FOUND' ? 'it is missing' : error.message}` }
  }
}
