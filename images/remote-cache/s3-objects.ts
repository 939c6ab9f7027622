import type { ServerClient, ServerResponse } from '../../registry/index.ts'
import type { S3CacheLocation, S3Credentials } from './cache-location.ts'
import { answerOf, asCacheError, isPage, PASSING, refusalOf } from './s3-refusals.ts'
import { encodePath, type S3Body, type S3Request, s3Sender } from './s3-request.ts'

/** Accesses objects of a bucket with signed requests. */
export interface S3Objects {
  /** From an offset; undefined if the object does not exist. */
  get(key: string, offset: number, signal: AbortSignal | undefined): Promise<ServerResponse | undefined>
  /** Undefined if the object does not exist. */
  find(key: string, signal: AbortSignal | undefined): Promise<FoundObject | undefined>
  /** Like `find`; also undefined if the credentials only allow writing, to which the server responds with 403. */
  findIfReadable(key: string, signal: AbortSignal | undefined): Promise<FoundObject | undefined>
  put(key: string, body: S3Body, signal: AbortSignal | undefined): Promise<void>
  /** Copies the object onto itself, which restarts its age for lifecycle rules. */
  renew(key: string, signal: AbortSignal | undefined): Promise<void>
}

export interface FoundObject {
  readonly sizeBytes: number
  /** NaN if the server does not report it. */
  readonly modifiedMs: number
}

export interface S3Access {
  readonly client: ServerClient
  readonly credentials: S3Credentials
  /** Name of the cache, for messages. */
  readonly name: string
}

export function openS3Objects(location: S3CacheLocation, { client, credentials, name }: S3Access): S3Objects {
  const send = s3Sender(location, { client, credentials })
  const write = async (request: S3Request): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const refused = await refusalOf(await send(request), 'write')
      if (refused === undefined) return
      const isPassing = refused.status < 500 && PASSING.has(refused.code ?? '') // others have been retried
      if (!isPassing || !(await client.mayRetry(attempt, request.signal))) throw asCacheError(name, refused)
    }
  }
  const head = (key: string, signal: AbortSignal | undefined) => send({ method: 'HEAD', key, signal })
  return {
    get: async (key, offset, signal) => {
      const headers = offset === 0 ? {} : { range: `bytes=${offset}-` }
      const response = await send({ method: 'GET', key, headers, signal })
      if (response.status === (offset === 0 ? 200 : 206) && !isPage(response)) return response
      if (response.status !== 404) throw asCacheError(name, await answerOf(response, 'read'))
      await response.discard()
      return undefined
    },
    find: async (key, signal) => {
      const response = await head(key, signal)
      if (response.status !== 200 && response.status !== 404) throw asCacheError(name, await answerOf(response, 'read'))
      return foundObject(response)
    },
    findIfReadable: async (key, signal) => foundObject(await head(key, signal)),
    put: async (key, body, signal) => {
      await write({ method: 'PUT', key, body, signal })
    },
    renew: async (key, signal) => {
      const headers = {
        'x-amz-copy-source': `/${location.bucket}/${encodePath(key)}`,
        'x-amz-metadata-directive': 'REPLACE',
      }
      await write({ method: 'PUT', key, headers, signal })
    },
  }
}

async function foundObject(response: ServerResponse): Promise<FoundObject | undefined> {
  await response.discard()
  if (response.status !== 200) return undefined
  const [size, modified] = [response.header('content-length'), response.header('last-modified')]
  return { sizeBytes: Number(size), modifiedMs: Date.parse(modified ?? '') }
}
