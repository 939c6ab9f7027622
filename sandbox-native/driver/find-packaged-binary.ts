import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { SandboxError } from './errors.ts'

declare const TSBUILD_VERSION: string

/** npm installs the one of this architecture with the program (scripts/pack.mjs). */
export const BINARY_PACKAGE = `@tsbuild/sandbox-linux-${process.arch}`

/** Undefined if the package is not installed. Throws SANDBOX_VERSION if it belongs to another release. */
export function findPackagedBinary(name: string): string | undefined {
  const directory = isPlugAndPlay() ? resolvePackage() : findPackage(import.meta.dirname)
  if (directory === undefined) return undefined
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    readonly version?: unknown
  }
  if (typeof TSBUILD_VERSION !== 'undefined' && version !== TSBUILD_VERSION)
    throw new SandboxError(
      'SANDBOX_VERSION',
      `Cannot use the package "${BINARY_PACKAGE}": its version is ${String(version)} (expected ${TSBUILD_VERSION})`,
      { hint: 'Install tsbuild again, which installs the package of the same version' },
    )
  return join(directory, name)
}

/** In the nearest `node_modules`, as node finds it: its resolver takes half a millisecond to report an absence. */
function findPackage(directory: string): string | undefined {
  const found = join(directory, 'node_modules', BINARY_PACKAGE)
  if (existsSync(join(found, 'package.json'))) return found
  const parent = dirname(directory)
  return parent === directory ? undefined : findPackage(parent)
}

/** Yarn Plug'n'Play has no `node_modules`, but extends node's resolver. */
function isPlugAndPlay(): boolean {
  return 'pnp' in process.versions
}

function resolvePackage(): string | undefined {
  try {
    return dirname(createRequire(join(import.meta.dirname, 'program')).resolve(`${BINARY_PACKAGE}/package.json`))
  } catch {
    return undefined // not installed
  }
}
