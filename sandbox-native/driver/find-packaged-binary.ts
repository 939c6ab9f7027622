import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { SandboxError } from './errors.ts'

declare const TSBUILD_VERSION: string

/** npm installs the one of this architecture with the program (scripts/pack.mjs). */
export const BINARY_PACKAGE = `@tsbuild/sandbox-linux-${process.arch}`

/** Undefined if the package is not installed. Throws SANDBOX_VERSION if it belongs to another release. */
export function findPackagedBinary(name: string): string | undefined {
  const manifest = resolveManifest()
  if (manifest === undefined) return undefined
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version?: unknown }
  if (typeof TSBUILD_VERSION !== 'undefined' && version !== TSBUILD_VERSION)
    throw new SandboxError(
      'SANDBOX_VERSION',
      `Cannot use the package "${BINARY_PACKAGE}": its version is ${String(version)} (expected ${TSBUILD_VERSION})`,
      { hint: 'Install tsbuild again, which installs the package of the same version' },
    )
  return join(dirname(manifest), name)
}

function resolveManifest(): string | undefined {
  try {
    return createRequire(import.meta.filename).resolve(`${BINARY_PACKAGE}/package.json`)
  } catch {
    return undefined // an optional dependency, and none of a checkout
  }
}
