import { type Descriptor, digestOf, hexOf } from '../../image-spec/index.ts'
import { bodyOf, type ServerClient } from '../../registry/index.ts'
import { CacheError } from '../errors.ts'
import { s3Address } from './cache-address.ts'
import {
  type CacheBackend,
  MAX_CACHE_CONFIG_BYTES,
  type S3CacheLocation,
  type S3Credentials,
} from './cache-location.ts'
import { tooLarge } from './read-capped.ts'
import { openS3Objects } from './s3-objects.ts'

/** SPEC: S3: limit of a single PUT. */
const MAX_OBJECT_BYTES = 5 * 2 ** 30

/** Uses BuildKit's object names: `<prefix>blobs/sha256:<hex>` and `<prefix>manifests/<name>`. */
export function s3Backend(location: S3CacheLocation, client: ServerClient, credentials: S3Credentials): CacheBackend {
  const { bucket, prefix, blobsPrefix, manifestsPrefix, names, touchRefreshMs } = location
  const blobKey = ({ digest }: Descriptor): string => `${prefix}${blobsPrefix}${digest}`
  const manifestKey = (cache: string): string => `${prefix}${manifestsPrefix}${cache}`
  const name = `s3://${bucket}/${manifestKey(names[0])}`
  const objects = openS3Objects(location, { client, credentials, name })
  return {
    name,
    address: s3Address(location),
    readConfig: async (_type, signal) => {
      for (const cache of names) {
        const open = () => objects.get(manifestKey(cache), 0, signal)
        const found = await client.read(open, { maxBytes: MAX_CACHE_CONFIG_BYTES, signal })
        if (found === undefined) continue
        if (!found.isWhole) throw tooLarge(name)
        return found.bytes
      }
      return undefined
    },
    fetchBlob: (blob, { offset, signal }) => {
      const open = async (from: number) => {
        const response = await objects.get(blobKey(blob), from, signal)
        if (response === undefined) throw missingBlob(name, blob)
        return response
      }
      return client.resume(open, { offset, sizeBytes: blob.size, signal })
    },
    hasBlob: async (blob, signal) => (await objects.find(blobKey(blob), signal))?.sizeBytes === blob.size,
    putBlob: async (blob, source, signal) => {
      const key = blobKey(blob)
      const found = await objects.findIfReadable(key, signal)
      if (found?.sizeBytes === blob.size) {
        if (Date.now() - found.modifiedMs > touchRefreshMs) await objects.renew(key, signal)
        return
      }
      if (blob.size > MAX_OBJECT_BYTES) throw tooLargeForS3(name, blob)
      const body = { sizeBytes: blob.size, open: () => source.open(0), sha256: hexOf(blob.digest) }
      await objects.put(key, body, signal)
    },
    publish: async ({ config }, signal) => {
      const body = { ...bodyOf(config), sha256: hexOf(digestOf(config)) }
      for (const cache of names) await objects.put(manifestKey(cache), body, signal)
    },
  }
}

function missingBlob(name: string, { digest }: Descriptor): CacheError {
  return new CacheError('CACHE_READ_FAILED', `Cannot read cache "${name}": it has no blob ${digest}`)
}

function tooLargeForS3(name: string, { digest, size }: Descriptor): CacheError {
  const message = `Cannot write cache "${name}": blob ${digest} has ${size} bytes (expected at most 5 GiB, the limit of S3)`
  return new CacheError('CACHE_WRITE_FAILED', message)
}
