import type { Descriptor } from './descriptor.ts'

/** SPEC: stargz-snapshotter docs/estargz.md: by these a manifest shows that single files of a layer can be fetched. */
const ANNOTATIONS = {
  tocDigest: 'containerd.io/snapshot/stargz/toc.digest',
  sizeBytes: 'io.containers.estargz.uncompressed-size',
} as const

export function estargzAnnotations(layer: {
  readonly tocDigest: string
  /** Uncompressed, table of contents included. */
  readonly sizeBytes: number
}): Record<string, string> {
  return { [ANNOTATIONS.tocDigest]: layer.tocDigest, [ANNOTATIONS.sizeBytes]: String(layer.sizeBytes) }
}

export function isEstargz({ annotations }: Descriptor): boolean {
  return annotations?.[ANNOTATIONS.tocDigest] !== undefined
}

/** Those of the layer that belong to the format. */
export function keptEstargzAnnotations({ annotations = {} }: Descriptor): Record<string, string> {
  const own: readonly string[] = Object.values(ANNOTATIONS)
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => own.includes(name)))
}
