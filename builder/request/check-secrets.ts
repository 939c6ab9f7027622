import { statSync } from 'node:fs'
import type { BuildRequest } from './builder.ts'
import { BuildError } from './errors.ts'

/** SPEC: BuildKit session/secrets MaxSecretSize. */
export const MAX_SECRET_BYTES = 500 << 10

/** A file that is not there is noticed before any step runs, whether one needs it or not, as by buildx. */
export function checkSecrets({ secrets = {} }: BuildRequest): void {
  for (const [id, source] of Object.entries(secrets)) {
    if ('env' in source) continue
    const found = statSync(source.file, { throwIfNoEntry: false })
    const fault = found === undefined ? 'not found' : found.isDirectory() ? 'it is a directory' : undefined
    if (fault !== undefined) {
      const message = `Cannot read secret "${id}" from "${source.file}": ${fault} (expected a file)`
      throw new BuildError('BUILD_SECRET_MISSING', message)
    }
    if ((found?.size ?? 0) > MAX_SECRET_BYTES) {
      const message = `Cannot use secret "${id}" from "${source.file}": ${found?.size} bytes (at most ${MAX_SECRET_BYTES})`
      throw new BuildError('BUILD_REFUSED', message)
    }
  }
}
