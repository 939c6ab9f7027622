import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { constants, Script } from 'node:vm'

type Program = typeof import('./program.ts')

/**
 * Stands for program.ts in the bundle: starts it with the machine code that was kept when it was built. Code kept by
 * another version of node is refused by V8, and the program is compiled as usual.
 */
const path = join(__dirname, 'program.cjs')
const source = readFileSync(path, 'latin1')
const cachedData = readIfPresent(join(__dirname, 'program.cache'))
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
  filename: path,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  ...(cachedData === undefined ? {} : { cachedData }),
})
const started: { exports: Partial<Program> } = { exports: {} }
script.runInThisContext()(started.exports, createRequire(path), started, path, __dirname)

export const { commands, openEngine, renderError } = started.exports as Program

function readIfPresent(name: string): Buffer | undefined {
  try {
    return readFileSync(name)
  } catch {
    return undefined // a checkout that was not built to the end
  }
}
