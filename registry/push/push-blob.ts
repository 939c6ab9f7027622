import type { Descriptor, Digest } from '../../image-spec/index.ts'
import { type ImageReference, repositoryName } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import type { PushBlobOptions } from '../registry-client.ts'
import type { Transport } from '../transport/create-transport.ts'
import type { ExchangeResponse, RegistryOrigin } from '../transport/exchange.ts'
import { isNetworkLoss, pauseBeforeRetry } from '../transport/retry.ts'
import { pushScopes, type UploadContext, uploadBlob } from './upload-blob.ts'

const MAX_MOUNT_TRIES = 4

export async function hasBlob(
  transport: Transport,
  reference: ImageReference,
  digest: Digest,
  { scopes, signal }: { readonly scopes: readonly string[]; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  const registry = await transport.findOrigin(reference.host, signal)
  const url = new URL(`/v2/${reference.repository}/blobs/${digest}`, registry.origin)
  const response = await transport.send({ method: 'HEAD', url, registry, scopes, signal })
  await response.discard()
  if (response.status === 200) return true
  if (response.status === 404) return false
  const object = `${repositoryName(reference)}@${digest}`
  throw await transport.failure(response, { action: 'look for', object, host: reference.host })
}

/** HEAD, then mount, then upload. */
export async function pushBlob(
  transport: Transport,
  reference: ImageReference,
  blob: Descriptor,
  options: PushBlobOptions,
): Promise<'existed' | 'mounted' | 'uploaded'> {
  const { signal } = options
  const isHere = (): Promise<boolean> =>
    hasBlob(transport, reference, blob.digest, { scopes: pushScopes(reference), signal })
  if (await isHere()) return 'existed'
  const context = { transport, reference, blob, options }
  const registry = await transport.findOrigin(reference.host, signal)
  for (const from of (options.mountFrom ?? []).slice(0, MAX_MOUNT_TRIES)) {
    const mounted = await tryMount(context, registry, from)
    if (mounted === 'mounted') return 'mounted'
    if (mounted === undefined) continue
    await uploadBlob(context, mounted, registry)
    return 'uploaded'
  }
  for (let upload = 1; ; upload++) {
    try {
      await uploadBlob(context, await startUpload(context, registry), registry)
      return 'uploaded'
    } catch (failure) {
      if (!wasUploadLost(failure)) throw failure
      if (await isHere()) return 'uploaded' // the answer got lost, not the blob
      if (upload > transport.policy.retries) throw failure
      await pauseBeforeRetry(transport.policy, upload - 1, signal)
    }
  }
}

/** Asks for the blob of another repository. An answer 202 is the start of an upload; none if we may not read there. */
async function tryMount(
  context: UploadContext,
  registry: RegistryOrigin,
  from: string,
): Promise<'mounted' | ExchangeResponse | undefined> {
  try {
    const response = await post(context, registry, { from, mount: context.blob.digest })
    if (response.status === 202) return response
    await response.discard()
    return response.status === 201 ? 'mounted' : undefined
  } catch (failure) {
    const isNoMatter = failure instanceof RegistryError && MOUNT_REFUSALS.has(failure.code)
    if (isNoMatter) return undefined
    throw failure
  }
}

const MOUNT_REFUSALS = new Set(['REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED'])

async function startUpload(context: UploadContext, registry: RegistryOrigin): Promise<ExchangeResponse> {
  const response = await post(context, registry)
  if (response.status === 202) return response
  const { transport, reference, blob } = context
  const object = `${repositoryName(reference)}@${blob.digest}`
  throw await transport.failure(response, { action: 'push', object, host: reference.host })
}

function post(
  { transport, reference, options }: UploadContext,
  registry: RegistryOrigin,
  mount?: { readonly from: string; readonly mount: string },
): Promise<ExchangeResponse> {
  const url = new URL(`/v2/${reference.repository}/blobs/uploads/`, registry.origin)
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
  })
}

/** The session is gone (404), cannot be taken up again (416), or its last answer was lost. */
function wasUploadLost(failure: unknown): boolean {
  if (!(failure instanceof RegistryError)) return false
  return isNetworkLoss(failure) || failure.status === 404 || failure.status === 416
}
