import type { Descriptor } from './descriptor.ts'

/** SPEC: stargz-snapshotter docs/estargz.md: annotations that mark a layer whose files can be fetched individually. */
const ANNOTATIONS = {
  tocDigest: 'containerd.io/snapshot/stargz/toc.digest',
  sizeBytes: 'io.containers.estargz.uncompressed-size',
} as const

export function estargzAnnotations(layer: {
  readonly tocDigest: string
  /** Uncompressed, including the table of contents. */
  readonly sizeBytes: number
}): Record<string, string> {
  return { [ANNOTATIONS.tocDigest]: layer.tocDigest, [ANNOTATIONS.sizeBytes]: String(layer.sizeBytes) }
}

export function isEstargz({ annotations }: Descriptor): boolean {
  return annotations?.[ANNOTATIONS.tocDigest] !== undefined
}

/** The layer's annotations that belong to the format. */
export function keptEstargzAnnotations({ annotations = {} }: Descriptor): Record<string, string> {
  const own: readonly string[] = Object.values(ANNOTATIONS)
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => own.includes(name)))
}
