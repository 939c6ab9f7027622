import type { KeyObject } from 'node:crypto'
import type { Descriptor, ImageReference } from '../image-spec/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { formatBundle } from './formats/bundle.ts'
import { ENVELOPE_TYPE, signEnvelope } from './formats/dsse.ts'
import { SIGNATURE_ANNOTATION } from './formats/simple-signing.ts'
import { formatStatement } from './formats/statement.ts'
import { addToTag, pushBundle } from './push-signed.ts'
import { registryName, type SignatureFormat } from './sign-image.ts'
import { attestationTag } from './signature-tag.ts'
import { pushBytes } from './small-blobs.ts'

export interface AttestRequest {
  readonly client: RegistryClient
  readonly reference: ImageReference
  /** Descriptor that the reference resolves to. */
  readonly subject: Descriptor
  readonly key: KeyObject
  readonly predicateType: string
  readonly predicate: unknown
  readonly format: SignatureFormat
}

/** Pushes a signed statement about the image. */
export async function attestImage(request: AttestRequest, signal?: AbortSignal): Promise<void> {
  const { client, reference, subject, key, predicateType, predicate, format } = request
  const subjects = [{ name: registryName(reference), digest: subject.digest }]
  const statement = formatStatement({ subjects, predicateType, predicate })
  if (format === 'bundle') {
    const bundle = formatBundle(statement, key)
    return pushBundle({ client, reference, subject, bundle, predicateType }, signal)
  }
  const tag = attestationTag(reference, subject.digest)
  const bytes = Buffer.from(JSON.stringify(signEnvelope(statement, key)))
  const layer = await pushBytes(client, { reference: tag, mediaType: ENVELOPE_TYPE, bytes }, signal)
  await addToTag({ client, tag }, { ...layer, annotations: { [SIGNATURE_ANNOTATION]: '', predicateType } }, signal)
}
