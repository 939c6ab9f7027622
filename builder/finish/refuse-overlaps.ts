import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import type { Platform } from '../../image-spec/index.ts'
import { formatPlatform } from '../../image-spec/index.ts'
import { BuildError } from '../request/errors.ts'

/** One platform's files, which can be written as a tar to list them. */
export interface LookedAt {
  readonly platform: Platform
  /** Writes the tar to this path. */
  readonly writeTo: (path: string) => Promise<void>
}

/**
 * Files of several platforms may share a directory only if no name occurs twice, apart from directories.
 * SPEC: BuildKit exporter/local, `platform-split=false`.
 */
export async function refuseOverlaps(
  parts: readonly LookedAt[],
  temporaryPath: () => string,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Map<string, { readonly platform: Platform; readonly isDirectory: boolean }>()
  for (const { platform, writeTo } of parts) {
    const path = temporaryPath()
    try {
      await writeTo(path)
      for (const { name, isDirectory } of await listTar(path, signal)) {
        const before = seen.get(name)
        if (before && before.platform !== platform && !(before.isDirectory && isDirectory))
          throw overlap(name, before.platform, platform)
        seen.set(name, { platform, isDirectory })
      }
    } finally {
      await rm(path, { force: true })
    }
  }
}

function overlap(name: string, one: Platform, other: Platform): BuildError {
  const [first, second] = [formatPlatform(one), formatPlatform(other)]
  const message = `Cannot write the files of ${second} together with those of ${first}: both have "/${name}"`
  return new BuildError('BUILD_OUTPUT_FAILED', message, {
    hint: 'Remove platform-split=false to write each platform to a separate directory',
  })
}

async function listTar(path: string, signal: AbortSignal): Promise<readonly TarName[]> {
  const untar = extract()
  const names: TarName[] = []
  const read = async () => {
    for await (const entry of untar) {
      const { name, type } = entry.header
      names.push({ name: name.replace(/^\.?\//, '').replace(/\/$/, ''), isDirectory: type === 'directory' })
      entry.resume()
    }
  }
  await Promise.all([read(), pipeline(createReadStream(path), untar, { signal })])
  return names
}

interface TarName {
  readonly name: string
  readonly isDirectory: boolean
}
