import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SandboxError } from './errors.ts'
import { BINARY_PACKAGE, findPackagedBinary } from './find-packaged-binary.ts'

const NAME = 'tsbuild-sandbox'

/**
 * TSBUILD_SANDBOX, else the npm package for this architecture, else the checkout's own build, else on the PATH. The
 * first two are never skipped if they are unusable. Throws SANDBOX_BINARY_MISSING and SANDBOX_VERSION.
 */
export function findBinary(env: NodeJS.ProcessEnv): string {
  const chosen = env['TSBUILD_SANDBOX']
  if (chosen !== undefined && chosen !== '') {
    if (isExecutable(chosen)) return chosen
    throw missing(`TSBUILD_SANDBOX is "${chosen}", which is not an executable file`)
  }
  const packaged = findPackagedBinary(NAME)
  if (packaged !== undefined && !isExecutable(packaged)) throw missing(`"${packaged}" is not an executable file`)
  const found = packaged ?? findNearProgram() ?? findOnPath(NAME, env['PATH'])
  if (found === undefined) throw missing(`the package "${BINARY_PACKAGE}" is not installed, and it is not on the PATH`)
  return found
}

/** First executable with that name on a PATH; an empty PATH has none. */
export function findOnPath(name: string, path: string | undefined): string | undefined {
  return (path ?? '')
    .split(delimiter)
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find(isExecutable)
}

/** The bundle is in dist/, the sources are two folders away from it. */
function findNearProgram(): string | undefined {
  const here = import.meta.dirname
  return [join(here, NAME), join(here, '..', '..', 'dist', NAME)].find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function missing(found: string): SandboxError {
  return new SandboxError('SANDBOX_BINARY_MISSING', `Cannot find the binary "${NAME}": ${found}`, {
    hint: 'Install tsbuild again with npm install --include=optional, or compile it in a checkout with npm run build',
  })
}
