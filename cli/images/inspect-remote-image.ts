import { familiarName, type ImageReference, parseUntrustedJson, withDefaultTag } from '../../image-spec/index.ts'
import type { RemoteDescription } from '../../images/index.ts'

/** The original documents of an image in a registry, with a summary of them. */
export function remoteDocument(reference: ImageReference, { top, manifest, config }: RemoteDescription): object {
  const layers = manifest?.manifest.layers ?? []
  return {
    Name: familiarName(withDefaultTag(reference)),
    Digest: top.descriptor.digest,
    MediaType: top.descriptor.mediaType,
    ...(top.kind === 'index' && { Index: documentOf(top.bytes) }),
    ...(manifest !== undefined && {
      ManifestDigest: manifest.descriptor.digest,
      Size: layers.reduce((sum, { size }) => sum + size, 0),
      Manifest: documentOf(manifest.bytes),
    }),
    ...(config !== undefined && { Config: config }),
  }
}

function documentOf(bytes: Uint8Array): unknown {
  return parseUntrustedJson(Buffer.from(bytes).toString('utf8'))
}
