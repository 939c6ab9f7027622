import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'

/** Modification time of the newest regular file in a tar, seconds since the epoch; undefined if there is none. */
export async function newestFileTime(tar: string, signal: AbortSignal): Promise<number | undefined> {
  const untar = extract()
  let newest: number | undefined
  const read = async () => {
    for await (const entry of untar) {
      const { type, mtime } = entry.header
      entry.resume()
      if ((type !== 'file' && type !== 'link') || mtime === undefined) continue
      newest = Math.max(newest ?? Number.NEGATIVE_INFINITY, Math.floor(mtime.getTime() / 1000))
    }
  }
  await Promise.all([read(), pipeline(createReadStream(tar), untar, { signal })])
  return newest
}
