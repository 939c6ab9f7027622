import { parseReference, storedName } from '../../image-spec/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'

/** The images that a name refers to in the store. */
export interface FoundImages {
  /** Several for a multi-platform image; empty if none is in the store. */
  readonly images: readonly Image[]
  /** The full reference; absent if the name can only be an ID. */
  readonly reference?: string
  readonly isById: boolean
}

/**
 * Finds by reference (`busybox`, `host/app:1`, `app@sha256:…`), else by ID or prefix of an ID. SPEC: the same order as
 * in docker.
 */
export async function findImages(store: LayerStore, name: string): Promise<FoundImages> {
  const reference = isOnlyId(name) ? undefined : storedName(parseReference(name))
  const named = reference === undefined ? [] : await store.images.findAllByReference(reference)
  const byId = named.length === 0 ? await store.images.findById(name) : undefined
  const images = byId === undefined ? named : [byId]
  return { images, isById: byId !== undefined, ...(reference !== undefined && { reference }) }
}

/** A repository cannot have this name. SPEC: distribution reference, `ParseAnyReference`. */
function isOnlyId(name: string): boolean {
  return /^sha256:[0-9a-f]+$/.test(name) || /^[0-9a-f]{64}$/.test(name)
}
