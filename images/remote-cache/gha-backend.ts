import { type Descriptor, digestOf, hexOf } from '../../image-spec/index.ts'
import { bodyOf, type ServerClient } from '../../registry/index.ts'
import { CacheError } from '../errors.ts'
import { ghaAddress } from './cache-address.ts'
import { type CacheBackend, type GhaCacheLocation, MAX_CACHE_CONFIG_BYTES } from './cache-location.ts'
import { scopesOf } from './gha-scopes.ts'
import { createGhaService, type GhaService } from './gha-service.ts'
import { tooLarge } from './read-capped.ts'

const MAX_PUBLISH_TRIES = 5

/** Uses BuildKit's keys. Entries are immutable: the newest cache is the one with the highest number. */
export function ghaBackend(location: GhaCacheLocation, client: ServerClient): CacheBackend {
  const name = `gha ${location.scope}`
  const service = createGhaService(location, client, name)
  const scopes = scopesOf(location.token)
  const findBlob = (blob: Descriptor, signal: AbortSignal | undefined) =>
    service.find(blobKey(blob), { isPrefix: false, signal })
  return {
    name,
    address: ghaAddress(location),
    readConfig: async (_type, signal) => {
      for (const { scope } of scopes) {
        const found = await service.find(indexKey(location, scope), { isPrefix: true, signal })
        if (found === undefined) continue
        const open = () => service.download(found, 0, signal)
        const content = await client.read(open, { maxBytes: MAX_CACHE_CONFIG_BYTES, signal })
        if (content?.isWhole !== true) throw tooLarge(name)
        return content.bytes
      }
      return undefined
    },
    fetchBlob: (blob, { offset, signal }) => {
      const open = async (from: number) => {
        const found = await findBlob(blob, signal)
        if (found === undefined)
          throw new CacheError('CACHE_READ_FAILED', `Cannot read cache "${name}": it has no blob ${blob.digest}`)
        return service.download(found, from, signal)
      }
      return client.resume(open, { offset, sizeBytes: blob.size, signal })
    },
    hasBlob: async (blob, signal) => (await findBlob(blob, signal)) !== undefined,
    putBlob: async (blob, source, signal) => {
      if ((await findBlob(blob, signal)) !== undefined) return
      await service.save(blobKey(blob), { sizeBytes: blob.size, open: () => source.open(0) }, signal)
    },
    publish: async ({ config }, signal) => {
      const scope = scopes.findLast(({ isWritable }) => isWritable)?.scope ?? ''
      if (await publishNext(service, { key: indexKey(location, scope), config, signal })) return
      throw new CacheError('CACHE_WRITE_FAILED', `Cannot write cache "${name}": other jobs keep overwriting it`, {
        hint: 'Use a separate scope for each job',
      })
    },
  }
}

function blobKey({ digest }: Descriptor): string {
  return `buildkit-blob-1-${digest}`
}

function indexKey(location: GhaCacheLocation, scope: string): string {
  return `index-${location.scope}-1-${hexOf(digestOf(Buffer.from(scope))).slice(0, 8)}`
}

interface NextIndex {
  readonly key: string
  readonly config: Uint8Array
  readonly signal: AbortSignal | undefined
}

/** Publishes under the number after the newest. False if other jobs took every number first. */
async function publishNext(service: GhaService, { key, config, signal }: NextIndex): Promise<boolean> {
  for (let attempt = 1; attempt <= MAX_PUBLISH_TRIES; attempt++) {
    const newest = await service.find(`${key}#`, { isPrefix: true, signal })
    const number = Number(/#(\d{1,9})$/.exec(newest?.key ?? '')?.[1] ?? 0) + 1
    if (await service.save(`${key}#${number}`, bodyOf(config), signal)) return true
  }
  return false
}
