import type { ImageRecord, LayerStore } from '../layer-store/index.ts'
import { familiarName, fullName, parseReference, withDefaultTag } from '../registry/index.ts'
import { CliError } from './errors.ts'
import { nearest } from './flags/nearest.ts'

export interface FoundImage {
  readonly image: ImageRecord
  /** The full reference, where it was found by name. */
  readonly reference?: string
}

/** By name (`busybox`, `host/app:1`, `app@sha256:…`), id or prefix of an id, as docker looks. Throws CLI_NOT_FOUND. */
export async function findImage(store: LayerStore, name: string): Promise<FoundImage> {
  const isId = /^sha256:[0-9a-f]+$/.test(name) || /^[0-9a-f]{64}$/.test(name)
  if (!isId) {
    const reference = fullName(withDefaultTag(parseReference(name)))
    const named = await store.images.findByReference(reference)
    if (named !== undefined) return { image: await store.images.get(named.id), reference }
  }
  const image = /^(?:sha256:)?[0-9a-f]{1,64}$/.test(name) ? await store.images.findById(name) : undefined
  if (image === undefined) throw await notFound(store, name)
  return { image }
}

async function notFound(store: LayerStore, name: string): Promise<CliError> {
  const images = await store.images.list()
  const names = images.flatMap((image) => image.tags.map((tag) => familiarName(parseReference(tag))))
  const near = nearest(name, [...names, ...names.map((full) => full.replace(/:latest$/, ''))])
  return new CliError('CLI_NOT_FOUND', `Cannot find the image "${name}": it is not in the store`, {
    hint: near === undefined ? `Fetch it with: tsbuild pull ${name}` : `Did you mean "${near}"?`,
  })
}
