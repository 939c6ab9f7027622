// Builds an image in a store of its own and writes the code that V8 compiled meanwhile to dist/cli.cache. The source
// text must be the one that cli/start.ts makes.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, Script } from 'node:vm'

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist')
const bundle = join(dist, 'cli.cjs')
const scratch = mkdtempSync(join(tmpdir(), 'tsbuild-warm-'))
const context = join(scratch, 'context')
mkdirSync(context)
writeFileSync(join(context, 'file'), 'content')
writeFileSync(
  join(context, 'Dockerfile'),
  'FROM scratch AS base\nARG A=b\nENV C=$A\nCOPY file /file\nFROM base\nLABEL d="e f"\nCOPY --from=base /file /g\nCMD ["/g"]\n',
)
process.argv = [process.execPath, bundle, 'build', '--root', join(scratch, 'root'), '-t', 'warm', context]
const script = new Script(`(function (require, __filename, __dirname) {${readFileSync(bundle, 'latin1')}\n})`, {
  filename: bundle,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
})
process.on('exit', () => {
  rmSync(scratch, { recursive: true, force: true })
  const fresh = join(dist, `.cli.cache.${process.pid}`)
  writeFileSync(fresh, script.createCachedData())
  renameSync(fresh, join(dist, 'cli.cache'))
  process.exitCode = 0 // the image can't be built before the binary is: what was compiled until then is worth keeping
})
script.runInThisContext()(createRequire(bundle), bundle, dist)
