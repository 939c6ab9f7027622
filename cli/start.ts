import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { constants, Script } from 'node:vm'

/**
 * The first file that node reads: starts the bundle with the machine code that the build kept of it. A cache made by
 * another version of node is refused by V8, and the bundle is compiled as usual.
 */
const bundle = join(__dirname, 'cli.cjs')
const source = readFileSync(bundle, 'latin1')
const cachedData = readIfPresent(join(__dirname, 'cli.cache'))
const script = new Script(`(function (require, __filename, __dirname) {${source}\n})`, {
  filename: bundle,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  ...(cachedData === undefined ? {} : { cachedData }),
})
script.runInThisContext()(createRequire(bundle), bundle, __dirname)

function readIfPresent(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined // a checkout that was not built to the end
  }
}
