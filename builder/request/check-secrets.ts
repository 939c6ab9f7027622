import { statSync } from 'node:fs'
import { describeFileError } from '../../layer-store/index.ts'
import type { BuildRequest } from './builder.ts'
import { BuildError } from './errors.ts'

/** SPEC: BuildKit session/secrets MaxSecretSize. */
export const MAX_SECRET_BYTES = 500 << 10

/** As with buildx, a missing file fails the build before any step runs, even if no step uses it. */
export function checkSecrets({ secrets = {} }: BuildRequest): void {
  for (const [id, source] of Object.entries(secrets)) {
    if ('env' in source) continue
    const size = sizeOf(id, source.file)
    if (size > MAX_SECRET_BYTES) {
      const message = `Cannot use secret "${id}" from "${source.file}": ${size} bytes (at most ${MAX_SECRET_BYTES})`
      throw new BuildError('BUILD_REFUSED', message)
    }
  }
}

function sizeOf(id: string, file: string): number {
  try {
    const found = statSync(file)
    if (!found.isDirectory()) return found.size
  } catch (error) {
    throw unreadable(id, file, describeFileError(error))
  }
  throw unreadable(id, file, 'is a directory')
}

function unreadable(id: string, file: string, found: string): BuildError {
  return new BuildError('BUILD_SECRET_MISSING', `Cannot read secret "${id}" from "${file}": ${found} (expected a file)`)
}
