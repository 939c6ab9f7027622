import type { Descriptor } from './descriptor.ts'
import type { Index, Manifest } from './manifest.ts'
import type { Platform } from './platform.ts'
import { printJson } from './print-json.ts'

/**
 * SPEC: fields in the order of specs-go/v1, with the whitespace of BuildKit's exporter/containerimage/writer.go, so
 * that a manifest of the same blobs has the same digest.
 */
export function printManifest(document: Manifest | Index): string {
  const { schemaVersion, mediaType, artifactType } = document
  const listed =
    'manifests' in document
      ? { manifests: document.manifests.map(ordered) }
      : { config: ordered(document.config), layers: document.layers.map(ordered) }
  const subject = document.subject && ordered(document.subject)
  const annotations = document.annotations && byName(document.annotations)
  return printJson({ schemaVersion, mediaType, artifactType, ...listed, subject, annotations }, 2)
}

/** JSON omits undefined fields. */
function ordered({ mediaType, digest, size, urls, artifactType, ...of }: Descriptor): object {
  const annotations = of.annotations && byName(of.annotations)
  const platform = of.platform && orderedPlatform(of.platform)
  return { mediaType, digest, size, urls, annotations, platform, artifactType }
}

function byName(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function orderedPlatform({ os, architecture, variant, ...rest }: Platform): object {
  return { architecture, os, 'os.version': rest['os.version'], 'os.features': rest['os.features'], variant }
}
