import { createReadStream } from 'node:fs'
import { hostPlatform, type Platform, parseReference, withDefaultTag } from '../image-spec/index.ts'
import {
  type Destination,
  findImages,
  type ImageSources,
  loadArchive,
  platformImageOf,
  pullImage,
  pushImage,
  saveImages,
} from '../images/index.ts'
import type { ImageRecord } from '../layer-store/index.ts'
import type { Running } from './running.ts'

export interface TransferOptions {
  /** `id` is a layer's short digest. */
  readonly onProgress?: (id: string, doneBytes: number, totalBytes: number | undefined) => void
  readonly signal?: AbortSignal
}

/** The images of one store. Names as in docker: `busybox`, `host/app:1`, an ID or a prefix of one. */
export interface Images {
  list(): Promise<readonly ImageRecord[]>
  /** Several for a multi-platform name; empty if the image is not in the store. */
  find(name: string): Promise<readonly ImageRecord[]>
  /** Default platform: this machine's. */
  pull(name: string, options?: TransferOptions & { readonly platform?: Platform }): Promise<ImageRecord>
  /** Resolves to the digest in the registry. Throws STORE_IMAGE_MISSING. */
  push(name: string, options?: TransferOptions): Promise<string>
  /** Writes an archive as `docker save` does. */
  save(names: readonly string[], destination: Destination, options?: TransferOptions): Promise<void>
  /** Loads from a file or a stream of bytes; resolves to the image IDs. */
  load(
    archive: string | AsyncIterable<Uint8Array>,
    options?: Pick<TransferOptions, 'signal'>,
  ): Promise<readonly string[]>
}

export function openImages({ store, registry }: ImageSources, { track }: Pick<Running, 'track'>): Images {
  const find = async (name: string): Promise<readonly ImageRecord[]> => {
    const { images } = await findImages(store, name)
    return Promise.all(images.map(({ id }) => store.images.get(id)))
  }
  return {
    list: () => store.images.list(),
    find,
    pull: (name, { platform = hostPlatform(), onProgress, signal } = {}) =>
      track(async () => {
        const parts = { store, client: await registry(), reference: withDefaultTag(parseReference(name)), platform }
        return pullImage({ ...parts, onProgress }, signal)
      }),
    push: (name, { onProgress, signal } = {}) =>
      track(async () => {
        const reference = withDefaultTag(parseReference(name))
        const images = (await find(name)).map(platformImageOf)
        const pushed = await pushImage({ store, client: await registry(), reference, images, onProgress }, signal)
        return pushed.digest
      }),
    save: (names, destination, { onProgress, signal } = {}) =>
      track(() => saveImages({ store, names, destination, onProgress }, signal)),
    load: (archive, { signal } = {}) =>
      track(async () => {
        const input = typeof archive === 'string' ? createReadStream(archive) : archive
        return (await loadArchive({ store, input }, signal)).map(({ id }) => id)
      }),
  }
}
