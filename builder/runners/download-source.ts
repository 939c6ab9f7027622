import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { BuildError } from '../errors.ts'
import type { SourceOperation } from '../graph/operation.ts'
import { cacheKeyOf } from '../solve/cache-key.ts'
import type { Made } from '../solve/runner.ts'
import type { StepContext } from './step-context.ts'
import type { StepValue } from './step-value.ts'

/** A downloaded file, mode 0600 as BuildKit gives it, dated as the server says; its bytes name its content. */
export async function downloadedFile(
  source: Extract<SourceOperation, { source: 'http' }>,
  context: StepContext,
): Promise<Made<StepValue>> {
  const { store, options, report, signal } = context
  const draft = await store.layers.draft()
  context.defer(() => store.layers.abandon(draft))
  const answer = await options.download({ url: source.url, headers: authorisation(source.url, context), signal })
  const path = join(draft.tree, source.filename)
  const hash = createHash('sha256')
  let doneBytes = 0
  const watched = async function* (body: AsyncIterable<Uint8Array>) {
    for await (const chunk of body) {
      hash.update(chunk)
      doneBytes += chunk.length
      report.progress(source.filename, doneBytes, answer.sizeBytes)
      yield chunk
    }
  }
  await pipeline(answer.body, watched, createWriteStream(path, { mode: 0o600, flags: 'wx' }), { signal })
  const digest = `sha256:${hash.digest('hex')}`
  if (source.checksum !== undefined && source.checksum !== digest) {
    throw new BuildError(
      'BUILD_DOWNLOAD_FAILED',
      `Cannot use "${source.url}": its digest is ${digest} (${source.checksum})`,
      {
        hint: 'Either the file changed or --checksum is wrong',
      },
    )
  }
  const mtimeSeconds = answer.lastModifiedSeconds ?? 0
  await utimes(path, mtimeSeconds, mtimeSeconds)
  return {
    identity: cacheKeyOf('identity', ['http', source.filename, digest, String(mtimeSeconds)]),
    value: { kind: 'files', source: { kind: 'directory', root: draft.tree, ignore: [] } },
  }
}

/** SECURITY: only to the host that the variable names. */
function authorisation(url: string, context: StepContext): Record<string, string> {
  const { hostname } = new URL(url)
  const token = context.options.env[`HTTP_AUTH_TOKEN_${hostname}`]
  const header = context.options.env[`HTTP_AUTH_HEADER_${hostname}`] ?? (token && `Bearer ${token}`)
  return header ? { authorization: header } : {}
}
