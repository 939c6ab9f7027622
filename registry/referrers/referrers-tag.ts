import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Descriptor,
  type Digest,
  hexOf,
  type ImageReference,
  type Index,
  MediaType,
  parseUntrustedJson,
} from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { fetchManifest } from '../pull/fetch-manifest.ts'
import { type ManifestToPush, pushManifest } from '../push/push-manifest.ts'
import type { Transport } from '../transport/create-transport.ts'
import { isRecord } from '../transport/response-error.ts'

/** Writers on other machines may overwrite a change: then it is repeated. */
const MAX_TRIES = 10
/** Pause between writing and checking: at least the time that another writer may need between reading and writing. */
const MIN_PAUSE_MS = 100
const MAX_PAUSE_MS = 2000

export type TagReference = ImageReference & { readonly tag: string }

/**
 * The tag of the list for registries without the referrers API. SPEC: distribution-spec spec.md#referrers-tag-schema
 */
export function referrersTag({ host, repository }: ImageReference, subject: Digest): TagReference {
  return { host, repository, tag: `sha256-${hexOf(subject)}` }
}

export async function readReferrersTag(
  transport: Transport,
  list: TagReference,
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  return (await readList(transport, list, signal)).index.manifests
}

/**
 * Adds an entry to the list, or removes one. Registries do not isolate concurrent writers: one that read the list
 * before this write overwrites the change. Therefore the list is read again when such a writer has probably finished.
 */
export async function changeReferrersTag(
  transport: Transport,
  change: ListChange,
  signal?: AbortSignal,
): Promise<void> {
  const { list } = change
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const start = performance.now()
    const { index, document, etag } = await readList(transport, list, signal)
    const position = index.manifests.findIndex(({ digest }) => digest === change.digest)
    if (position >= 0 === (change.add !== undefined)) return
    const manifests =
      change.add !== undefined ? [...document.manifests, change.add] : document.manifests.toSpliced(position, 1)
    const bytes = Buffer.from(JSON.stringify({ ...document, manifests }))
    await putUnlessChanged(transport, list, { mediaType: MediaType.ociIndex, bytes, ifMatch: strong(etag), signal })
    const tookMs = performance.now() - start
    const pauseMs = Math.min(Math.max(tookMs * (2 + Math.random() * attempt), MIN_PAUSE_MS), MAX_PAUSE_MS)
    await sleep(pauseMs, undefined, { ...(signal !== undefined && { signal }) })
  }
  throw badList(list, `another list after each of ${MAX_TRIES} writes (expected a registry that keeps what is pushed)`)
}

export interface ListChange {
  readonly list: TagReference
  readonly digest: Digest
  /** Absent: the entry is removed. */
  readonly add?: Descriptor
}

async function putUnlessChanged(transport: Transport, list: TagReference, manifest: ManifestToPush): Promise<void> {
  try {
    await pushManifest(transport, list, manifest)
  } catch (failure) {
    const hasChanged = failure instanceof RegistryError && failure.status === 412
    if (!hasChanged) throw failure
  }
}

interface ReferrersList {
  readonly index: Pick<Index, 'manifests'>
  /** The list as received: unknown fields are kept. */
  readonly document: { readonly manifests: readonly unknown[] }
  readonly etag?: string | undefined
}

const HEAD = { schemaVersion: 2, mediaType: MediaType.ociIndex }
const EMPTY: ReferrersList = { index: { manifests: [] }, document: { ...HEAD, manifests: [] } }

async function readList(
  transport: Transport,
  list: TagReference,
  signal: AbortSignal | undefined,
): Promise<ReferrersList> {
  const found = await fetchManifest(transport, list, { signal }).catch((failure: unknown) => {
    if (failure instanceof RegistryError && failure.code === 'REGISTRY_NOT_FOUND') return undefined
    throw failure
  })
  if (found === undefined) return EMPTY
  if (found.kind !== 'index') throw badList(list, 'an image manifest (expected an index)')
  const document = parseUntrustedJson(Buffer.from(found.bytes).toString('utf8'))
  const manifests = isRecord(document) ? document['manifests'] : undefined
  if (!isRecord(document) || !Array.isArray(manifests)) throw new Error('unreachable: it was parsed as an index')
  return { index: found.index, document: { ...document, manifests }, etag: found.etag }
}

/** SPEC: RFC 9110 section 13.1.1: If-Match never matches a weak ETag, which proxies derive from strong ones. */
function strong(etag: string | undefined): string | undefined {
  return etag?.startsWith('"') ? etag : undefined
}

function badList({ host, repository, tag }: TagReference, found: string): RegistryError {
  const message = `Cannot use the list of referrers "${host}/${repository}:${tag}": found ${found}`
  return new RegistryError('REGISTRY_BAD_RESPONSE', message, {
    hint: 'Delete this tag if it is not a list of referrers, then push again',
  })
}
