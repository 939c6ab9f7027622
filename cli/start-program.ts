import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { constants, Script } from 'node:vm'
import { wantsStacks } from './wants-stacks.ts'

type Program = typeof import('./program.ts')

/** Stands for program.ts in the bundle. */
const path = join(__dirname, 'program.cjs')
const program = wantsStacks(process.argv, process.env) ? startMapped() : startKept()

export const { commands, openEngine, renderError } = program

/** Stacks name the lines of the sources: node reads the map where it compiles by itself. */
function startMapped(): Program {
  process.setSourceMapsEnabled(true)
  return createRequire(path)(path)
}

/**
 * With the machine code that was kept when the program was built. Code kept by another version of node is refused by
 * V8, and the program is compiled as usual.
 */
function startKept(): Program {
  const source = readFileSync(path, 'latin1')
  const cachedData = readIfPresent(join(__dirname, 'program.cache'))
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === undefined ? {} : { cachedData }),
  })
  const started: { exports: Partial<Program> } = { exports: {} }
  script.runInThisContext()(started.exports, createRequire(path), started, path, __dirname)
  return started.exports as Program
}

function readIfPresent(name: string): Buffer | undefined {
  try {
    return readFileSync(name)
  } catch {
    return undefined // a checkout that was not built to the end
  }
}
