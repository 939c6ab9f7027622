import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SandboxError } from './errors.ts'

const NAME = 'tsbuild-sandbox'

/**
 * TSBUILD_SANDBOX, else beside the program, else on the PATH. A TSBUILD_SANDBOX that can't be run is an error, never
 * passed over. Throws SANDBOX_BINARY_MISSING.
 */
export function findBinary(env: NodeJS.ProcessEnv): string {
  const chosen = env['TSBUILD_SANDBOX']
  if (chosen !== undefined && chosen !== '') {
    if (isExecutable(chosen)) return chosen
    throw missing(`TSBUILD_SANDBOX is "${chosen}", which is no executable file`)
  }
  const found = findNearProgram() ?? findOnPath(NAME, env['PATH'])
  if (found === undefined) throw missing('it is neither beside the program nor on the PATH')
  return found
}

/** First executable of that name on a PATH; an empty PATH holds none. */
export function findOnPath(name: string, path: string | undefined): string | undefined {
  return (path ?? '')
    .split(delimiter)
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find(isExecutable)
}

/** The bundle lies in dist/ and dist/chunks/, the sources two folders away from dist/. */
function findNearProgram(): string | undefined {
  const here = import.meta.dirname
  return [join(here, NAME), join(here, '..', NAME), join(here, '..', '..', 'dist', NAME)].find(isExecutable)
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
    hint: 'Compile it with: npm run build',
  })
}
