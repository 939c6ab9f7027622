import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { inTotoStatement, type Subject } from '../../images/index.ts'
import type { FiledPredicate } from '../run/build-tools.ts'

/** A file in an output of files, in addition to those of the image. */
export interface AddedFile {
  readonly name: string
  readonly text: string
}

/**
 * The statements about the files of an output, each file a subject. `tarOfFiles` is the path of a tar of them.
 * SPEC: BuildKit exporter/local/fs.go.
 */
export async function attestationFiles(
  predicates: readonly FiledPredicate[],
  tarOfFiles: string,
  signal: AbortSignal,
): Promise<readonly AddedFile[]> {
  const subjects = await subjectsOf(tarOfFiles, signal)
  return predicates.flatMap(({ fileName, ...predicate }) =>
    fileName === undefined
      ? []
      : [{ name: fileName, text: JSON.stringify(inTotoStatement(predicate, subjects), null, 2) }],
  )
}

async function subjectsOf(path: string, signal: AbortSignal): Promise<readonly Subject[]> {
  const untar = extract()
  const digests = new Map<string, string>()
  const read = async () => {
    for await (const entry of untar) {
      const { name, type, linkname } = entry.header
      const hash = createHash('sha256')
      for await (const chunk of entry) hash.update(chunk as Uint8Array) // no encoding was set
      if (type === 'file') digests.set(plain(name), hash.digest('hex'))
      const linked = type === 'link' ? digests.get(plain(linkname ?? '')) : undefined
      if (linked !== undefined) digests.set(plain(name), linked)
    }
  }
  await Promise.all([read(), pipeline(createReadStream(path), untar, { signal })])
  return [...digests].map(([name, sha256]) => ({ name, digest: { sha256 } }))
}

function plain(name: string): string {
  return name.replace(/^\.?\//, '')
}
