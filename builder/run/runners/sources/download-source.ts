import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type LayerId, StoreError } from '../../../../layer-store/index.ts'
import type { Downloaded } from '../../../../registry/index.ts'
import { httpAuthorization } from '../../../context/remote-authorization.ts'
import type { SourceOperation } from '../../../plan/graph/operation.ts'
import { BuildError } from '../../../request/errors.ts'
import { downloadMaterial } from '../../../request/material.ts'
import { cacheKeyOf } from '../../../solve/cache-key.ts'
import type { RunResult } from '../../../solve/runner.ts'
import type { StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'

/** SPEC: NAME_MAX of Linux. */
const MAX_NAME_BYTES = 255

type HttpSource = Extract<SourceOperation, { source: 'http' }>

/** A file in the store with the server's metadata. */
interface KeptFile {
  readonly root: string
  readonly digest: string
  readonly mtimeSeconds: number
  readonly etag?: string
}

/**
 * A downloaded file, mode 0600 as in BuildKit, dated by the server; its identity is the digest of its bytes. If the
 * server sends an ETag, the file is kept and downloaded again only if it changed.
 */
export async function downloadedFile(source: HttpSource, context: StepContext): Promise<RunResult<StepValue>> {
  const { store, options, signal } = context
  const key = cacheKeyOf('definition', ['http', source.url, source.filename])
  const known = await recallFile(key, context)
  const response = await options.download({
    url: source.url,
    headers: await httpAuthorization(source.url, options),
    ...(known?.etag !== undefined && { etag: known.etag }),
    signal,
  })
  const file = known && response.isUnchanged ? known : await receive(source, response, context)
  checkDigest(source, file.digest)
  if (file !== known && file.layer !== undefined) {
    const facts = { digest: file.digest, mtime: String(file.mtimeSeconds), ...(file.etag && { etag: file.etag }) }
    const record = { layer: file.layer, facts, createdAt: new Date().toISOString(), description: context.name }
    await store.cache.put(key, record)
  }
  return {
    identity: cacheKeyOf('identity', ['http', source.filename, file.digest, String(file.mtimeSeconds)]),
    value: {
      kind: 'files',
      source: { kind: 'directory', root: file.root, ignore: [] },
      origin: downloadMaterial(source.url, file.digest),
    },
  }
}

async function recallFile(
  key: string,
  { store, signal }: StepContext,
): Promise<(KeptFile & { layer?: LayerId }) | undefined> {
  const { layer, facts } = (await store.cache.find(key)) ?? {}
  if (layer === undefined || facts?.['etag'] === undefined || facts['digest'] === undefined) return undefined
  try {
    const [root] = await store.layers.trees([layer], signal)
    const { digest, etag } = facts
    return root === undefined ? undefined : { root, digest, mtimeSeconds: Number(facts['mtime']), etag }
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_LAYER_MISSING') return undefined
    throw error
  }
}

async function receive(
  source: HttpSource,
  response: Downloaded,
  context: StepContext,
): Promise<KeptFile & { layer?: LayerId }> {
  const { store, report, signal } = context
  checkName(source)
  const draft = await store.layers.draft()
  context.defer(() => store.layers.abandon(draft))
  const path = join(draft.tree, source.filename)
  const hash = createHash('sha256')
  let doneBytes = 0
  const watched = async function* (body: AsyncIterable<Uint8Array>) {
    for await (const chunk of body) {
      hash.update(chunk)
      doneBytes += chunk.length
      report.progress(source.filename, doneBytes, response.sizeBytes)
      yield chunk
    }
  }
  await pipeline(response.body, watched, createWriteStream(path, { mode: 0o600, flags: 'wx' }), { signal })
  const mtimeSeconds = response.lastModifiedSeconds ?? 0
  await utimes(path, mtimeSeconds, mtimeSeconds)
  const file = { digest: `sha256:${hash.digest('hex')}`, mtimeSeconds }
  if (response.etag === undefined) return { ...file, root: draft.tree }
  const { id } = await store.layers.commitTree(draft)
  const [root = ''] = await store.layers.trees([id], signal)
  return { ...file, root, etag: response.etag, layer: id }
}

function checkName({ url, filename }: HttpSource): void {
  const bytes = Buffer.byteLength(filename)
  if (bytes <= MAX_NAME_BYTES) return
  const found = `its file name has ${bytes} bytes (at most ${MAX_NAME_BYTES})`
  throw new BuildError('BUILD_DOWNLOAD_FAILED', `Cannot use "${url}": ${found}`, {
    hint: 'Use an address that ends in a shorter name',
  })
}

function checkDigest({ url, checksum }: HttpSource, digest: string): void {
  if (checksum === undefined || checksum === digest) return
  throw new BuildError('BUILD_DOWNLOAD_FAILED', `Cannot use "${url}": its digest is ${digest} (expected ${checksum})`, {
    hint: 'Check whether the file has changed, or correct --checksum',
  })
}
