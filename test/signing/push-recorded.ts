import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../../image-spec/index.ts'

export interface RecordedDocument {
  readonly digest: string
  readonly mediaType: string
  /** All bytes are base64-encoded. */
  readonly manifest: string
  readonly blobs: readonly string[]
}

export const fixtures = join(import.meta.dirname, 'fixtures')

/** What cosign 3.1.3 pushed with `fixtures/cosign.key` (password `pass1`), and the images that it signed. */
export const recorded: Readonly<
  Record<
    'taggedImage' | 'tagSignature' | 'tagAttestation' | 'bundledImage' | 'bundle' | 'attestationBundle',
    RecordedDocument
  >
> = JSON.parse(readFileSync(join(fixtures, 'cosign-3.1.3.json'), 'utf8'))

/** Pushes it byte for byte, as another program would. */
export async function pushRecorded(host: string, repository: string, document: RecordedDocument, tag?: string) {
  for (const blob of document.blobs) await pushBlob(host, repository, Buffer.from(blob, 'base64'))
  const { mediaType, manifest, digest } = document
  await pushManifest(
    `http://${host}/v2/${repository}/manifests/${tag ?? digest}`,
    mediaType,
    Buffer.from(manifest, 'base64'),
  )
}

export async function pushBlob(host: string, repository: string, bytes: Buffer): Promise<string> {
  const started = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' })
  const place = new URL(started.headers.get('location') ?? '', `http://${host}`)
  place.searchParams.set('digest', digestOf(bytes))
  const headers = { 'content-type': 'application/octet-stream' }
  const { status } = await fetch(place, { method: 'PUT', body: new Uint8Array(bytes), headers })
  if (status !== 201) throw new Error(`the registry returned ${status}`)
  return digestOf(bytes)
}

export async function pushManifest(address: string, mediaType: string, bytes: Buffer): Promise<void> {
  const headers = { 'content-type': mediaType }
  const { status } = await fetch(address, { method: 'PUT', body: new Uint8Array(bytes), headers })
  if (status !== 201) throw new Error(`the registry returned ${status}`)
}

/** The tag of the signatures for a digest. */
export function signatureTag(digest: string): string {
  return `${digest.replace(':', '-')}.sig`
}
