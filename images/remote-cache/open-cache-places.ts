import type { Descriptor } from '../../image-spec/index.ts'
import type { BlobStore } from '../../layer-store/index.ts'
import type { ServerClient } from '../../registry/index.ts'
import { CacheError } from '../errors.ts'
import type { ImageSources } from '../image-sources.ts'
import type { CacheBackend, CachePlace, S3Credentials } from './cache-place.ts'
import { parseAddress } from './place-address.ts'

/** Opens cache places by the build's description or by a stored address. */
export interface CachePlaces {
  /** Places that stored addresses may refer to, with the credentials that addresses lack. */
  expect(places: readonly CachePlace[]): void
  open(place: CachePlace): Promise<CacheBackend>
  /** Fetches a blob from a stored address into the store. */
  bring(blobs: BlobStore, address: string, blob: Descriptor, signal: AbortSignal | undefined): Promise<void>
}

export interface CachePlaceParts extends Pick<ImageSources, 'registry'> {
  /** For S3 and GitHub; opened on first use. */
  servers(): Promise<ServerClient>
  readonly env: Readonly<Record<string, string | undefined>>
}

export function createCachePlaces(parts: CachePlaceParts): CachePlaces {
  /** Places of this process may have credentials; addresses never do. */
  const opened = new Map<string, CacheBackend>()
  const expected = new Set<CachePlace>()
  const open = async (place: CachePlace): Promise<CacheBackend> => {
    const backend = await openPlace(place, parts)
    expected.delete(place)
    opened.set(backend.address, backend)
    return backend
  }
  const find = async (address: string): Promise<CacheBackend> => {
    if (!opened.has(address)) await Promise.allSettled([...expected].map(open))
    return opened.get(address) ?? openPlace(parseAddress(address, parts.env), parts)
  }
  return {
    expect: (places) => places.forEach((place) => void expected.add(place)),
    open,
    bring: async (blobs, address, blob, signal) => {
      if (await blobs.has(blob.digest)) return
      const backend = await find(address)
      const { fetchInto } = await import('../transfer/pull-layers.ts')
      const fetch = (offset: number) => backend.fetchBlob(blob, { offset, signal })
      await fetchInto(blobs, { blob, fetch, onProgress: () => {} })
    },
  }
}

async function openPlace(place: CachePlace, { registry, servers, env }: CachePlaceParts): Promise<CacheBackend> {
  switch (place.type) {
    case 'registry': {
      const { registryBackend } = await import('./registry-backend.ts')
      return registryBackend(place.reference, registry)
    }
    case 'local': {
      const { layoutBackend } = await import('./layout-backend.ts')
      return layoutBackend(place)
    }
    case 's3': {
      const { s3Backend } = await import('./s3-backend.ts')
      return s3Backend(place, await servers(), place.credentials ?? credentialsFrom(env, place.bucket))
    }
    case 'gha': {
      const { ghaBackend } = await import('./gha-backend.ts')
      return ghaBackend(place, await servers())
    }
  }
}

function credentialsFrom(env: CachePlaceParts['env'], bucket: string): S3Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, ...(token && { sessionToken: token }) }
  throw new CacheError('CACHE_READ_FAILED', `Cannot use bucket "${bucket}": no credentials were given`, {
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use access_key_id=… and secret_access_key=…',
  })
}
