import S3rver from 's3rver'
import { removeAfterFile } from './removed-afterwards.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** An S3 server on loopback with the bucket "builds", until the end of the test file. */
export interface Bucket {
  readonly url: string
  /** A value of `--cache-to` and `--cache-from`. */
  cache(accessKey?: string): string
}

export async function startBucket(): Promise<Bucket> {
  const configureBuckets = [{ name: 'builds', configs: [] }]
  const directory = temporaryDirectory('s3')
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets })
  const url = `http://127.0.0.1:${(await server.run()).port}`
  removeAfterFile(() => server.close())
  const cache = (accessKey = 'S3RVER') =>
    `type=s3,bucket=builds,region=us-east-1,endpoint_url=${url},use_path_style=true,access_key_id=${accessKey},secret_access_key=S3RVER`
  return { url, cache }
}
