import { fullName, type ImageReference, MediaType, repositoryName } from '../../image-spec/index.ts'
import { type RegistryClient, RegistryError } from '../../registry/index.ts'
import { REGISTRY_ADDRESS } from '../transfer/push-remote-layer.ts'
import type { CacheBackend } from './cache-location.ts'
import { cacheManifest } from './cache-manifest.ts'
import { readCacheDocument } from './read-cache-document.ts'

/** A cache as an artifact in a repository. */
export function registryBackend(reference: ImageReference, open: () => Promise<RegistryClient>): CacheBackend {
  const name = fullName(reference)
  return {
    name,
    address: `${REGISTRY_ADDRESS}${repositoryName(reference)}`,
    readConfig: async (type, signal) => {
      const client = await open()
      const found = await client.fetchManifest(reference, { signal }).catch((error: unknown) => {
        if (error instanceof RegistryError && error.code === 'REGISTRY_NOT_FOUND') return undefined
        throw error
      })
      if (found === undefined) return undefined
      return readCacheDocument(found, type, {
        name,
        readManifest: (digest) => client.fetchManifest({ ...reference, digest }, { signal }),
        fetchBlob: (blob) => client.fetchBlob(reference, blob, { ...(signal && { signal }) }),
      })
    },
    fetchBlob: async function* (blob, { offset, signal }) {
      yield* (await open()).fetchBlob(reference, blob, { offset, ...(signal && { signal }) })
    },
    hasBlob: async ({ digest }, signal) => (await open()).hasBlob(reference, digest, signal),
    putBlob: async (blob, { open: bytes, near }, signal) => {
      const mountFrom = near.filter(({ host }) => host === reference.host).map(({ repository }) => repository)
      const others = mountFrom.filter((repository) => repository !== reference.repository)
      const client = await open()
      await client.pushBlob(reference, blob, { open: bytes, mountFrom: others, ...(signal && { signal }) })
    },
    publish: async (cache, signal) => {
      const client = await open()
      const { config, manifest } = cacheManifest(cache)
      const bytes = async function* (offset: number) {
        yield cache.config.subarray(offset)
      }
      await client.pushBlob(reference, config, { open: bytes, ...(signal && { signal }) })
      await client.pushManifest(reference, { mediaType: MediaType.ociManifest, bytes: manifest }, signal)
    },
  }
}
