import { RegistryError } from '../errors.ts'
import { pushOf } from '../name-object.ts'
import type { MountBlobOptions } from '../registry-client.ts'
import { apiUrl } from '../transport/api-url.ts'
import type { ExchangeResponse, RegistryOrigin } from '../transport/exchange.ts'
import { hasStalled } from '../transport/network-failure.ts'
import { isPage } from '../transport/response-error.ts'
import { backoffMs, isPassing, pauseBeforeRetry, RETRIES_AFTER_TIMEOUT } from '../transport/retry.ts'
import { hasBlob } from './has-blob.ts'
import { ACCEPTED, isChunked, pushScopes, type UploadContext, uploadBlob, wasDamaged } from './upload-blob.ts'

const MAX_MOUNT_TRIES = 4

/** What an upload needs to start, and a mount in whole. */
interface MountContext extends Pick<UploadContext, 'transport' | 'reference' | 'blob'> {
  readonly options: MountBlobOptions
}

/** Tries a mount or HEAD, whichever is more likely to succeed, then uploads: each is a round trip. */
export async function pushBlob(context: UploadContext): Promise<'existed' | 'mounted' | 'uploaded'> {
  const { transport, reference, blob, options } = context
  const { signal } = options
  const isHere = () => isPushed(context)
  const registry = await transport.findOrigin(reference.host, signal)
  const mountFrom = options.mountFrom ?? []
  const isMountFirst = mountFrom.length > 0 && options.isExpected !== true
  if (!isMountFirst && (await isHere())) return 'existed'
  const mounted = await mountFromAny(context, registry, mountFrom)
  if (mounted === 'mounted') return 'mounted'
  let started = mounted
  if (isMountFirst && (await isHere())) {
    await started?.discard()
    return 'existed'
  }
  let damaged = 0
  let timeouts = 0
  let lostUploads = 0
  for (let upload = 1; ; upload++) {
    const session = started ?? (await startUpload(context, registry))
    started = undefined
    try {
      await uploadBlob({ ...context, lostUploads }, session, registry)
      return 'uploaded'
    } catch (failure) {
      if (wasDamaged(failure)) damaged++
      else if (wasSessionLost(failure)) lostUploads++
      else if (!isPassing(failure)) throw failure
      if (await isHere()) return 'uploaded' // the response was lost, not the blob
      // Chunks have already been retried one by one: retrying all of them would not help.
      if (isChunked(blob) && isPassing(failure)) throw failure
      if (isPassing(failure) && hasStalled(failure)) timeouts++
      if (damaged > 1 || timeouts > RETRIES_AFTER_TIMEOUT || upload > transport.policy.retries) throw failure
      const { retryAfterMs } = failure instanceof RegistryError ? failure : {}
      await pauseBeforeRetry(backoffMs(transport.policy, upload - 1, retryAfterMs), signal)
    }
  }
}

/** Tries a mount, then HEAD; an upload offered in place of a mount is abandoned. */
export async function mountBlob(context: MountContext): Promise<boolean> {
  const { transport, reference, options } = context
  const registry = await transport.findOrigin(reference.host, options.signal)
  const mounted = await mountFromAny(context, registry, options.mountFrom ?? [])
  // The registry drops uploads that are not continued. Some report blobs as mounted that they do not have.
  if (mounted !== 'mounted') await mounted?.discard()
  return isPushed(context)
}

function isPushed({ transport, reference, blob, options: { signal } }: MountContext): Promise<boolean> {
  const subject = pushOf({ reference, blob })
  return hasBlob(transport, reference, { digest: blob.digest, scopes: pushScopes(reference), subject, signal })
}

/** Mounts from the first repository that allows it; else returns the upload that the registry started instead. */
async function mountFromAny(
  context: MountContext,
  registry: RegistryOrigin,
  repositories: readonly string[],
): Promise<'mounted' | ExchangeResponse | undefined> {
  for (const from of repositories.slice(0, MAX_MOUNT_TRIES)) {
    const mounted = await tryMount(context, registry, from)
    if (mounted === 'failed') return undefined // the registry was asked several times already
    if (mounted !== undefined) return mounted
  }
  return undefined
}

/** Requests a mount from another repository. Status 202 starts an upload; undefined if access is denied. */
async function tryMount(
  context: MountContext,
  registry: RegistryOrigin,
  from: string,
): Promise<'mounted' | 'failed' | ExchangeResponse | undefined> {
  try {
    const response = await post(context, registry, { from, mount: context.blob.digest })
    if (response.status === 202) return response
    await response.discard()
    if (response.status >= 500) {
      context.transport.experience.mounts.add(context.reference.host)
      return 'failed'
    }
    return response.status === 201 ? 'mounted' : undefined
  } catch (failure) {
    const isNoMatter = failure instanceof RegistryError && MOUNT_REFUSALS.has(failure.code)
    if (isNoMatter) return undefined
    throw failure
  }
}

const MOUNT_REFUSALS = new Set(['REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED'])

export async function startUpload(context: MountContext, registry: RegistryOrigin): Promise<ExchangeResponse> {
  const response = await post(context, registry)
  if (ACCEPTED.has(response.status) && !isPage(response)) return response
  const { transport, reference, blob } = context
  throw await transport.failure(response, { ...pushOf({ reference, blob }), server: reference })
}

function post(
  { transport, reference, options }: MountContext,
  registry: RegistryOrigin,
  mount?: { readonly from: string; readonly mount: string },
): Promise<ExchangeResponse> {
  const url = apiUrl(registry.origin, reference, 'blobs/uploads/')
  if (mount !== undefined) {
    url.searchParams.set('mount', mount.mount)
    url.searchParams.set('from', mount.from)
  }
  const scopes = mount === undefined ? [] : [`repository:${mount.from}:pull`]
  return transport.send({
    method: 'POST',
    url,
    registry,
    scopes: [...pushScopes(reference), ...scopes],
    signal: options.signal,
    once: mount !== undefined && transport.experience.mounts.has(reference.host),
  })
}

/** The upload session is gone, or cannot be resumed (416). */
function wasSessionLost(failure: unknown): boolean {
  if (!(failure instanceof RegistryError)) return false
  return failure.status === 404 || failure.status === 416 || /\bBLOB_UPLOAD_(?:UNKNOWN|INVALID)\b/.test(failure.message)
}
