import { debuglog } from 'node:util'
import { type Descriptor, fullName, type ImageReference, repositoryName } from '../image-spec/index.ts'
import { RegistryError } from './errors.ts'
import { naming, namingBytes, pushOf } from './name-object.ts'
import { type BlobSource, fetchBlob } from './pull/fetch-blob.ts'
import { fetchManifest, resolveManifest } from './pull/fetch-manifest.ts'
import { foreignUrls } from './pull/foreign-urls.ts'
import { listTags } from './pull/list-tags.ts'
import { counting } from './pull/receive-rest.ts'
import { hasBlob, mountBlob, pushBlob } from './push/push-blob.ts'
import { hasManifest, pushManifest } from './push/push-manifest.ts'
import { uploadGrowing } from './push/upload-growing.ts'
import { listReferrers } from './referrers/list-referrers.ts'
import { createReferrerWork } from './referrers/referrer-work.ts'
import type { FetchBlobRequest, RegistryClient, RegistryOptions } from './registry-client.ts'
import { ownPlace, pullPlaces } from './settings/places.ts'
import { createTransport, type Transport } from './transport/create-transport.ts'

const debug = debuglog('tsbuild:registry')

/** A client for every host in references. The network, undici and the CA bundle are loaded on the first request. */
export function createRegistryClient(options: RegistryOptions): RegistryClient {
  const transport = createTransport(options)
  const rules = options.settings?.rules ?? []
  const places = (reference: ImageReference) => pullPlaces(reference, rules)
  const own = (reference: ImageReference) => ownPlace(reference, rules)
  return {
    ...pulling(transport, places, own),
    ...pushing(transport, own),
    prepare: (reference) => transport.prepare(own(reference).host),
    listTags: (reference, signal) =>
      naming({ action: 'list the tags of', object: repositoryName(reference) }, () =>
        firstOf(places(reference), (place) => listTags(transport, place, signal)),
      ),
    listReferrers: (reference, subject, request) =>
      naming({ action: 'list the referrers of', object: blobName(reference, { digest: subject }) }, () =>
        firstOf(places(reference), (place) => listReferrers(transport, place, subject, request)),
      ),
    ping: (host, signal) => ping(transport, host, signal),
    close: () => transport.close(),
  }
}

type Places = (reference: ImageReference) => readonly ImageReference[]
type OwnPlace = (reference: ImageReference) => ImageReference

function pulling(transport: Transport, places: Places, own: OwnPlace) {
  return {
    resolve: (reference, signal) =>
      naming({ action: 'pull', object: fullName(reference) }, () =>
        firstOf(places(reference), (place) => resolveManifest(transport, place, signal)),
      ),
    fetchManifest: (reference, signal) =>
      naming({ action: 'pull', object: fullName(reference) }, () =>
        firstOf(places(reference), (place) => fetchManifest(transport, place, signal)),
      ),
    fetchBlob: (reference, blob, more = {}) => {
      const from = more.isWithoutMirrors === true ? [own(reference)] : places(reference)
      return namingBytes({ action: 'pull', object: blobName(reference, blob) }, () =>
        fetchFromPlaces(transport, from, blob, more),
      )
    },
  } satisfies Partial<RegistryClient>
}

function pushing(transport: Transport, own: OwnPlace) {
  const referrers = createReferrerWork(transport)
  return {
    hasBlob: (reference, digest, signal) => {
      const scopes = [`repository:${own(reference).repository}:pull`]
      const subject = { action: 'look for', object: blobName(reference, { digest }) }
      return naming(subject, () => hasBlob(transport, own(reference), digest, { scopes, subject, signal }))
    },
    pushBlob: (reference, blob, more) =>
      naming(pushOf({ reference, blob }), () => pushBlob(transport, own(reference), blob, more)),
    mountBlob: (reference, blob, mountFrom, signal) =>
      naming(pushOf({ reference, blob }), () => mountBlob(transport, own(reference), blob, { mountFrom, signal })),
    pushGrowing: (reference, blob) => uploadGrowing(transport, own(reference), blob),
    hasManifest: (reference, digest, signal) => hasManifest(transport, own(reference), digest, signal),
    pushManifest: (reference, mediaType, bytes, signal) =>
      naming({ action: 'push', object: fullName(reference) }, async () => {
        return (await pushManifest(transport, own(reference), { mediaType, bytes }, signal)).digest
      }),
    pushReferrer: (reference, referrer, signal) =>
      naming({ action: 'push', object: fullName(reference) }, () => referrers.push(own(reference), referrer, signal)),
    deleteManifest: (reference, signal) =>
      naming({ action: 'delete', object: fullName(reference) }, () => referrers.delete(own(reference), signal)),
  } satisfies Partial<RegistryClient>
}

function blobName(reference: ImageReference, { digest }: Pick<Descriptor, 'digest'>): string {
  return `${repositoryName(reference)}@${digest}`
}

/** Skips a mirror that fails; only the registry's own error is reported. */
async function firstOf<T>(places: readonly ImageReference[], ask: (place: ImageReference) => Promise<T>): Promise<T> {
  for (const [position, place] of places.entries()) {
    try {
      return await ask(place)
    } catch (failure) {
      if (position === places.length - 1 || !(failure instanceof RegistryError)) throw failure
      debug('mirror %s failed: %s', place.host, failure.message)
    }
  }
  throw new Error('unreachable: a reference has one place at least')
}

async function* fetchFromPlaces(
  transport: Transport,
  places: readonly ImageReference[],
  blob: Descriptor,
  more: FetchBlobRequest,
): AsyncGenerator<Uint8Array> {
  let offset = more.offset ?? 0
  const receive = counting(more.receive, (receivedBytes) => {
    offset += receivedBytes
  })
  const sources: readonly BlobSource[] = [
    ...(await foreignSources(transport, places, blob)),
    ...places.map((reference) => ({ reference })),
  ]
  for (const [position, source] of sources.entries()) {
    try {
      for await (const chunk of fetchBlob(transport, source, blob, { ...more, offset, receive })) {
        offset += chunk.length
        yield chunk
      }
      return
    } catch (failure) {
      if (position === sources.length - 1 || !(failure instanceof RegistryError)) throw failure
      debug('mirror %s failed: %s', source.url?.host ?? source.reference.host, failure.message)
    }
  }
}

async function foreignSources(
  transport: Transport,
  places: readonly ImageReference[],
  blob: Descriptor,
): Promise<readonly BlobSource[]> {
  const reference = places.at(-1)
  if (reference === undefined || blob.urls === undefined) return []
  return foreignUrls(blob, await transport.findOrigin(reference.host)).map((url) => ({ reference, url }))
}

async function ping(transport: Transport, host: string, signal?: AbortSignal): Promise<void> {
  const registry = await transport.findOrigin(host, signal)
  const response = await transport.send({ method: 'GET', url: new URL('/v2/', registry.origin), registry, signal })
  if (response.status !== 200) throw await transport.failure(response, { action: 'log in to', object: host, host })
  await response.discard()
}
