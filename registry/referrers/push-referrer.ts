import { type Descriptor, digestOf, fullName, type ImageReference, present } from '../../image-spec/index.ts'
import { type ManifestDocument, parseAnswer } from '../pull/parse-manifest.ts'
import { pushManifest } from '../push/push-manifest.ts'
import type { Transport } from '../transport/create-transport.ts'
import type { PushedReferrer, Referrer } from './referrers.ts'
import { addToReferrersTag, referrersTag, type TagReference } from './referrers-tag.ts'

export type PushReferrer = (
  reference: ImageReference,
  referrer: Referrer,
  signal?: AbortSignal,
) => Promise<PushedReferrer>

/** Pushes documents that have a subject, and lists them where the registry does not. SPEC: distribution-spec spec.md#pushing-manifests-with-subject */
export function referrerPusher(transport: Transport): PushReferrer {
  const inTurn = turns()
  return async (reference, { mediaType, bytes }, signal) => {
    const document = parseAnswer(bytes, mediaType, fullName(reference))
    const { subject } = document.kind === 'index' ? document.index : document.manifest
    if (subject === undefined) throw new Error('a referrer has a subject')
    const descriptor = describe(document, mediaType, bytes)
    const { isListed } = await pushManifest(transport, reference, { mediaType, bytes }, signal)
    if (isListed) return { descriptor, listedBy: 'registry' }
    const list = referrersTag(reference, subject.digest)
    await inTurn(list, () => addToReferrersTag(transport, list, descriptor, signal))
    return { descriptor, listedBy: 'tag' }
  }
}

/** SPEC: distribution-spec spec.md#listing-referrers: an artifact without a type has that of its config. */
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

/** Of this process, one after the other changes a list: registries cannot keep two writers apart. */
function turns(): (list: TagReference, work: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>()
  return (list, work) => {
    const name = fullName(list)
    const mine = (last.get(name) ?? Promise.resolve()).catch(() => {}).then(work)
    last.set(name, mine)
    return mine
  }
}
