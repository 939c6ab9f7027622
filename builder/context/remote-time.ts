import { createHash } from 'node:crypto'
import { messageOf } from '../../errors/index.ts'
import type { RemoteSource } from '../plan/epoch-source.ts'
import { BuildError } from '../request/errors.ts'
import { checkOutGit } from './git-checkout.ts'
import { unpacked } from './open-context.ts'
import type { ContextTools } from './opened-context.ts'
import { looksLikeArchive, peek } from './peek.ts'
import { httpAuthorization } from './remote-authorization.ts'

/**
 * Creation time of a repository or download, seconds since the epoch: the commit time, else the server's Last-Modified,
 * else the newest file of an archive; undefined if none is known.
 */
export async function remoteTime(
  source: RemoteSource,
  tools: ContextTools,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (source.source === 'http') return downloadTime(source, tools, signal)
  const checkout = await checkOutGit(source, tools, signal)
  await checkout.close()
  return checkout.committedAtSeconds
}

async function downloadTime(
  { url, checksum }: Extract<RemoteSource, { source: 'http' }>,
  tools: ContextTools,
  signal: AbortSignal,
): Promise<number | undefined> {
  const stop = new AbortController()
  const headers = await httpAuthorization(url, tools)
  const both = AbortSignal.any([signal, stop.signal])
  const response = await tools.download({ url, headers, signal: both }).catch((cause: unknown) => {
    if (signal.aborted) throw cause
    const reason = messageOf(cause)
    throw new BuildError('BUILD_CONTEXT_MISSING', `Cannot read the build date from "${url}": ${reason}`, {
      cause,
      hint: 'Check the address in SOURCE_DATE_EPOCH, or set a number of seconds instead',
    })
  })
  const { lastModifiedSeconds } = response
  if (lastModifiedSeconds !== undefined && checksum === undefined) {
    stop.abort() // the rest is not needed
    return lastModifiedSeconds
  }
  const hash = createHash('sha256')
  const hashed = async function* () {
    for await (const chunk of response.body) {
      hash.update(chunk)
      yield chunk
    }
  }
  const { head, whole } = await peek(hashed(), 512)
  const time = lastModifiedSeconds ?? (looksLikeArchive(head) ? await archiveTime(whole, tools, signal) : undefined)
  for await (const _ of whole); // the checksum covers the rest as well
  const digest = `sha256:${hash.digest('hex')}`
  if (checksum === undefined || checksum === digest) return time
  throw new BuildError(
    'BUILD_DOWNLOAD_FAILED',
    `Cannot read the build date from "${url}": its digest is ${digest} (expected ${checksum})`,
    {
      hint: 'Check whether the file has changed, or correct --checksum',
    },
  )
}

async function archiveTime(
  stream: AsyncIterable<Uint8Array>,
  tools: ContextTools,
  signal: AbortSignal,
): Promise<number | undefined> {
  const opened = await unpacked(stream, tools, signal)
  try {
    return await opened.madeAt?.()
  } finally {
    await opened.close()
  }
}
