import { debuglog } from 'node:util'
import { type Descriptor, fullName, type ImageReference, repositoryName } from '../image-spec/index.ts'
import { RegistryError } from './errors.ts'
import { naming, namingBytes, pushOf } from './name-object.ts'
import { type AbsentMirrors, createAbsentMirrors } from './pull/absent-mirrors.ts'
import { type BlobSource, fetchBlob } from './pull/fetch-blob.ts'
import { fetchManifest, resolveManifest } from './pull/fetch-manifest.ts'
import { foreignUrls } from './pull/foreign-urls.ts'
import { listTags } from './pull/list-tags.ts'
import { counting } from './pull/receive-rest.ts'
import { hasBlob } from './push/has-blob.ts'
import { createMountedBlobs } from './push/mounted-blobs.ts'
import { mountBlob, pushBlob } from './push/push-blob.ts'
import { hasManifest, pushManifest } from './push/push-manifest.ts'
import { uploadGrowing } from './push/upload-growing.ts'
import { listReferrers } from './referrers/list-referrers.ts'
import { createReferrerWork } from './referrers/referrer-work.ts'
import type { FetchBlobRequest, RegistryClient, RegistryOptions } from './registry-client.ts'
import { pullSources, pushTarget } from './settings/pull-sources.ts'
import { createTransport, type Transport } from './transport/create-transport.ts'

const debug = debuglog('tsbuild:registry')

/** A client for every host in references. The network, undici and the CA bundle are loaded on the first request. */
export function createRegistryClient(options: RegistryOptions): RegistryClient {
  const transport = createTransport(options)
  const rules = options.settings?.rules ?? []
  const absent = createAbsentMirrors()
  const sources = (reference: ImageReference) => absent.present(pullSources(reference, rules))
  const firstOf = firstWith(absent)
  const target = (reference: ImageReference) => pushTarget(reference, rules)
  return {
    ...pulling({ transport, sources, absent }),
    ...pushing(transport, target),
    prepare: (reference) => transport.prepare(target(reference).host),
    listTags: (reference, signal) =>
      naming({ action: 'list the tags of', object: repositoryName(reference) }, () =>
        firstOf(sources(reference), (source) => listTags(transport, source, signal)),
      ),
    listReferrers: (reference, subject, request) =>
      naming({ action: 'list the referrers of', object: blobName(reference, { digest: subject }) }, () =>
        firstOf(sources(reference), (source) => listReferrers(transport, { ...source, digest: subject }, request)),
      ),
    ping: (host, signal) => ping(transport, host, signal),
    close: () => transport.close(),
  }
}

type PullSources = (reference: ImageReference) => readonly ImageReference[]
type PushTarget = (reference: ImageReference) => ImageReference

interface Pulling {
  readonly transport: Transport
  readonly sources: PullSources
  readonly absent: AbsentMirrors
}

function pulling({ transport, sources, absent }: Pulling) {
  const firstOf = firstWith(absent)
  return {
    resolve: (reference, signal) =>
      naming({ action: 'pull', object: fullName(reference) }, () =>
        firstOf(sources(reference), (source) => resolveManifest(transport, source, signal)),
      ),
    fetchManifest: (reference, options) =>
      naming({ action: options?.action ?? 'pull', object: fullName(reference) }, () =>
        firstOf(sources(reference), (source) => fetchManifest(transport, source, options)),
      ),
    countSources: (reference) => sources(reference).length,
    fetchBlob: (reference, blob, more = {}) => {
      const all = sources(reference)
      const from = all.slice(Math.min(more.damaged ?? 0, all.length - 1))
      return namingBytes({ action: 'pull', object: blobName(reference, blob) }, () =>
        fetchFromSources(transport, { references: from, blob, absent }, more),
      )
    },
  } satisfies Partial<RegistryClient>
}

function pushing(transport: Transport, target: PushTarget) {
  const referrers = createReferrerWork(transport)
  const mounted = createMountedBlobs(transport)
  return {
    hasBlob: (reference, digest, signal) => {
      const scopes = [`repository:${target(reference).repository}:pull`]
      const subject = { action: 'look for', object: blobName(reference, { digest }) }
      return naming(subject, () => hasBlob(transport, target(reference), { digest, scopes, subject, signal }))
    },
    pushBlob: (reference, blob, more) =>
      naming(pushOf({ reference, blob }), async () => {
        const outcome = await pushBlob({ transport, reference: target(reference), blob, options: more })
        if (outcome === 'mounted') mounted.add(target(reference), blob, more)
        return outcome
      }),
    mountBlob: (reference, blob, options) =>
      naming(pushOf({ reference, blob }), () => mountBlob({ transport, reference: target(reference), blob, options })),
    pushGrowing: (reference, blob) => uploadGrowing(transport, target(reference), blob),
    hasManifest: (reference, digest, signal) => hasManifest(transport, { ...target(reference), digest }, signal),
    pushManifest: (reference, manifest, signal) =>
      naming({ action: 'push', object: fullName(reference) }, async () => {
        const push = () => pushManifest(transport, target(reference), { ...manifest, signal })
        return (await mounted.pushDocument(target(reference), push, signal)).digest
      }),
    pushReferrer: (reference, referrer, signal) =>
      naming({ action: 'push', object: fullName(reference) }, () =>
        mounted.pushDocument(target(reference), () => referrers.push(target(reference), referrer, signal), signal),
      ),
    deleteManifest: (reference, signal) =>
      naming({ action: 'delete', object: fullName(reference) }, () => referrers.delete(target(reference), signal)),
  } satisfies Partial<RegistryClient>
}

function blobName(reference: ImageReference, { digest }: Pick<Descriptor, 'digest'>): string {
  return `${repositoryName(reference)}@${digest}`
}

/** Skips a mirror that fails; only the registry's own error is reported. */
function firstWith(absent: AbsentMirrors) {
  return async <T>(sources: readonly ImageReference[], request: (source: ImageReference) => Promise<T>): Promise<T> => {
    for (const [position, source] of sources.entries()) {
      try {
        return await request(source)
      } catch (failure) {
        if (position === sources.length - 1 || !(failure instanceof RegistryError)) throw failure
        absent.note(source, failure)
        debug('mirror %s failed: %s', source.host, failure.message)
      }
    }
    throw new Error('unreachable: a reference has at least one source')
  }
}

interface BlobSources {
  readonly references: readonly ImageReference[]
  readonly blob: Descriptor
  readonly absent: AbsentMirrors
}

async function* fetchFromSources(
  transport: Transport,
  { references, blob, absent }: BlobSources,
  more: FetchBlobRequest,
): AsyncGenerator<Uint8Array> {
  let offset = more.offset ?? 0
  const receive = counting(more.receive, (receivedBytes) => {
    offset += receivedBytes
  })
  const sources: readonly BlobSource[] = [
    ...(await foreignSources(transport, references, blob)),
    ...references.map((reference) => ({ reference, blob })),
  ]
  for (const [position, source] of sources.entries()) {
    try {
      for await (const chunk of fetchBlob(transport, source, { ...more, offset, receive })) {
        offset += chunk.length
        yield chunk
      }
      return
    } catch (failure) {
      if (position === sources.length - 1 || !(failure instanceof RegistryError)) throw failure
      if (source.url === undefined) absent.note(source.reference, failure)
      debug('mirror %s failed: %s', source.url?.host ?? source.reference.host, failure.message)
    }
  }
}

async function foreignSources(
  transport: Transport,
  sources: readonly ImageReference[],
  blob: Descriptor,
): Promise<readonly BlobSource[]> {
  const reference = sources.at(-1)
  if (reference === undefined || blob.urls === undefined) return []
  return foreignUrls(blob, await transport.findOrigin(reference.host)).map((url) => ({ reference, blob, url }))
}

async function ping(transport: Transport, host: string, signal?: AbortSignal): Promise<void> {
  const registry = await transport.findOrigin(host, signal)
  const response = await transport.send({ method: 'GET', url: new URL('/v2/', registry.origin), registry, signal })
  if (response.status !== 200)
    throw await transport.failure(response, { action: 'log in to', object: host, server: { host } })
  await response.discard()
}
