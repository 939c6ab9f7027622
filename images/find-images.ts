import { parseReference, storedName } from '../image-spec/index.ts'
import type { Image, ImageRecord, LayerStore } from '../layer-store/index.ts'

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
  const byId = named.length === 0 ? await findImageById(store, name) : undefined
  const images = byId === undefined ? named : [byId]
  return { images, isById: byId !== undefined, ...(reference !== undefined && { reference }) }
}

/** By ID or an unambiguous prefix of one, even a single digit. Throws STORE_AMBIGUOUS_ID. */
export async function findImageById(store: LayerStore, text: string): Promise<ImageRecord | undefined> {
  return /^(?:sha256:)?[0-9a-f]{1,64}$/.test(text) ? store.images.findById(text) : undefined
}

/** A repository cannot have this name. SPEC: distribution reference, `ParseAnyReference`. */
function isOnlyId(name: string): boolean {
  return /^sha256:[0-9a-f]+$/.test(name) || /^[0-9a-f]{64}$/.test(name)
}
