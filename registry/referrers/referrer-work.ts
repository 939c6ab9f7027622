import { type Descriptor, digestOf, fullName, type ImageReference, present } from '../../image-spec/index.ts'
import { fetchManifest } from '../pull/fetch-manifest.ts'
import { type ManifestDocument, parseResponse } from '../pull/parse-manifest.ts'
import { deleteManifest } from '../push/delete-manifest.ts'
import { pushManifest } from '../push/push-manifest.ts'
import type { Transport } from '../transport/create-transport.ts'
import type { PushedReferrer, Referrer } from './referrers.ts'
import { changeReferrersTag, type ListChange, referrersTag, type TagReference } from './referrers-tag.ts'

export interface ReferrerWork {
  push(reference: ImageReference, referrer: Referrer, signal?: AbortSignal): Promise<PushedReferrer>
  /** Deletes a manifest by digest, or a tag; a referrer is also removed from its subject's list. */
  delete(reference: ImageReference, signal?: AbortSignal): Promise<void>
}

/**
 * Maintains referrers lists for registries that do not. SPEC: distribution-spec spec.md#pushing-manifests-with-subject
 */
export function createReferrerWork(transport: Transport): ReferrerWork {
  const inTurn = turns()
  const change = (what: ListChange, signal?: AbortSignal) =>
    inTurn(what.list, () => changeReferrersTag(transport, what, signal))
  return {
    push: async (reference, { mediaType, bytes }, signal) => {
      const document = parseResponse(bytes, mediaType, fullName(reference))
      const { subject } = document.kind === 'index' ? document.index : document.manifest
      if (subject === undefined) throw new Error('a referrer has a subject')
      const descriptor = describe(document, mediaType, bytes)
      const { isListed } = await pushManifest(transport, reference, { mediaType, bytes, signal })
      if (isListed) return { descriptor, listedBy: 'registry' }
      const list = referrersTag(reference, subject.digest)
      await change({ list, digest: descriptor.digest, add: descriptor }, signal)
      return { descriptor, listedBy: 'tag' }
    },
    delete: async (reference, signal) => {
      const { digest } = reference
      const found =
        digest === undefined ? undefined : await fetchManifest(transport, reference, { action: 'delete', signal })
      await deleteManifest(transport, reference, signal)
      if (found === undefined || digest === undefined) return
      const { subject } = found.kind === 'index' ? found.index : found.manifest
      if (subject !== undefined) await change({ list: referrersTag(reference, subject.digest), digest }, signal)
    },
  }
}

/** SPEC: distribution-spec spec.md#listing-referrers: the artifact type defaults to the config's media type. */
function describe(document: ManifestDocument, mediaType: string, bytes: Uint8Array): Descriptor {
  const { artifactType, annotations } = document.kind === 'index' ? document.index : document.manifest
  const implied = document.kind === 'manifest' ? document.manifest.config.mediaType : undefined
  return {
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
    ...present('artifactType', artifactType || implied),
    ...present('annotations', annotations),
  }
}

/** Serializes changes to a list within this process: registries do not isolate concurrent writers. */
function turns(): (list: TagReference, work: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>()
  return (list, work) => {
    const name = fullName(list)
    const next = (last.get(name) ?? Promise.resolve()).catch(() => {}).then(work)
    last.set(name, next)
    return next
  }
}
