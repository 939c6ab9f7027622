import type { BlobStore, RemoteForm } from '../../layer-store/index.ts'
import type { ServerClient } from '../../registry/index.ts'
import { CacheError } from '../errors.ts'
import type { ImageSources } from '../remote/image-sources.ts'
import { parseAddress } from './cache-address.ts'
import type { CacheBackend, CacheLocation, S3Credentials } from './cache-location.ts'

/** Opens cache locations by the build's description or by a stored address. */
export interface CacheLocations {
  /** Places that stored addresses may refer to, with the credentials that addresses lack. */
  expect(locations: readonly CacheLocation[]): void
  open(location: CacheLocation): Promise<CacheBackend>
  /** Fetches a blob from a stored address into the store. */
  bring(blobs: BlobStore, form: RemoteForm, signal: AbortSignal | undefined): Promise<void>
}

export interface CacheLocationParts extends Pick<ImageSources, 'registry'> {
  /** For S3 and GitHub; opened on first use. */
  servers(): Promise<ServerClient>
  readonly env: Readonly<Record<string, string | undefined>>
}

export function createCacheLocations(parts: CacheLocationParts): CacheLocations {
  /** Places of this process may have credentials; addresses never do. */
  const opened = new Map<string, CacheBackend>()
  const expected = new Set<CacheLocation>()
  const open = async (location: CacheLocation): Promise<CacheBackend> => {
    const backend = await openLocation(location, parts)
    expected.delete(location)
    opened.set(backend.address, backend)
    return backend
  }
  const find = async (address: string): Promise<CacheBackend> => {
    if (!opened.has(address)) await Promise.allSettled([...expected].map(open))
    return opened.get(address) ?? openLocation(parseAddress(address, parts.env), parts)
  }
  return {
    expect: (locations) => locations.forEach((location) => void expected.add(location)),
    open,
    bring: async (blobs, { address, descriptor: blob }, signal) => {
      if (await blobs.has(blob.digest)) return
      const backend = await find(address)
      const { fetchInto } = await import('../transfer/pull-layers.ts')
      const { retryDamaged } = await import('../transfer/retry-damaged.ts')
      const fetch = (offset: number) => backend.fetchBlob(blob, { offset, signal })
      await retryDamaged(1, () => fetchInto(blobs, { blob, fetch, onProgress: () => {} }))
    },
  }
}

async function openLocation(
  location: CacheLocation,
  { registry, servers, env }: CacheLocationParts,
): Promise<CacheBackend> {
  switch (location.type) {
    case 'registry': {
      const { registryBackend } = await import('./registry-backend.ts')
      return registryBackend(location.reference, registry)
    }
    case 'local': {
      const { layoutBackend } = await import('./layout-backend.ts')
      return layoutBackend(location)
    }
    case 's3': {
      const { s3Backend } = await import('./s3-backend.ts')
      return s3Backend(location, await servers(), location.credentials ?? credentialsFrom(env, location.bucket))
    }
    case 'gha': {
      const { ghaBackend } = await import('./gha-backend.ts')
      return ghaBackend(location, await servers())
    }
  }
}

function credentialsFrom(env: CacheLocationParts['env'], bucket: string): S3Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, ...(token && { sessionToken: token }) }
  throw new CacheError('CACHE_READ_FAILED', `Cannot use bucket "${bucket}": no credentials were given`, {
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use access_key_id=… and secret_access_key=…',
  })
}
