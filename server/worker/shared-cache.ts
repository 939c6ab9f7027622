import { type ImageReference, parseReference } from '../../image-spec/index.ts'
import type { Project } from '../api/index.ts'
import type { BuildJobSpec } from '../build-process/index.ts'

type CacheSettings = Project['settings']['cache'][number]
type CacheLocation = NonNullable<BuildJobSpec['request']['cacheFrom']>[number]
type SecretOf = (name: string) => string
type CacheRequest = Pick<BuildJobSpec['request'], 'cacheFrom' | 'cacheTo' | 'cacheMountsFrom' | 'cacheMountsTo'>

const DEFAULT_MAX_MOUNT_BYTES = 10 * 2 ** 30
const DAY_MS = 24 * 60 * 60 * 1000

/** Caches shared by the workers: imported before a build's steps run, exported after it has succeeded. */
export function sharedCaches({ name, settings }: Project, secretOf: SecretOf): CacheRequest {
  const located = settings.cache.map((one) => ({ one, location: locationOf(one, name, secretOf) }))
  const withMounts = located.filter(({ one }) => one.mounts)
  const mounts = withMounts.map(({ one, location }) => ({
    location: mountsLocation(location),
    maxBytes: one.maxMountBytes ?? DEFAULT_MAX_MOUNT_BYTES,
  }))
  return {
    cacheFrom: located.map(({ location }) => location),
    // A cache that cannot be written is reported, but does not fail the build.
    cacheTo: located.map(({ one, location }) => ({ location, mode: one.mode, ignoreError: true })),
    cacheMountsFrom: mounts,
    cacheMountsTo: mounts.map((one) => ({ ...one, ignoreError: true })),
  }
}

/** Logins of registries, by host. */
export function cacheLogins({ settings }: Project): readonly CacheLogin[] {
  return settings.cache.flatMap((one) => {
    if (one.type !== 'registry') return []
    const { username, passwordSecret } = one
    return [{ repository: one.ref, ...(username && { username }), ...(passwordSecret && { passwordSecret }) }]
  })
}

export interface CacheLogin {
  readonly repository: string
  readonly username?: string
  readonly passwordSecret?: string
}

/** Hosts that builds connect to for their cache. */
export function cacheHosts({ settings }: Project): readonly string[] {
  return settings.cache.flatMap((one) => {
    if (one.type === 'registry') return [parseReference(one.ref).host]
    return one.endpointUrl === undefined ? [] : [new URL(one.endpointUrl).host]
  })
}

function locationOf(cache: CacheSettings, project: string, secretOf: SecretOf): CacheLocation {
  if (cache.type === 'registry') return { type: 'registry', reference: tagged(parseReference(cache.ref)) }
  return {
    type: 's3',
    bucket: cache.bucket,
    region: cache.region,
    ...(cache.endpointUrl !== undefined && { endpoint: cache.endpointUrl }),
    pathStyle: cache.usePathStyle,
    prefix: cache.prefix,
    blobsPrefix: 'blobs/',
    manifestsPrefix: 'manifests/',
    names: [cache.name ?? project],
    touchRefreshMs: DAY_MS,
    credentials: {
      accessKeyId: secretOf(cache.accessKeyIdSecret),
      secretAccessKey: secretOf(cache.secretAccessKeySecret),
    },
  }
}

function tagged(reference: ImageReference): ImageReference {
  return { ...reference, tag: reference.tag ?? 'cache' }
}

/** A location contains either layers or cache mounts. */
function mountsLocation(location: CacheLocation): CacheLocation {
  if (location.type === 'registry')
    return { ...location, reference: { ...location.reference, tag: `${location.reference.tag}-mounts` } }
  return location.type === 's3' ? { ...location, names: [`${location.names[0]}-mounts`] } : location
}
