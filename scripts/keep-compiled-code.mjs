// Builds an image in a store of its own and writes the code that V8 compiled meanwhile to dist/program.cache.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist')
const require = createRequire(import.meta.url)
const scratch = mkdtempSync(join(tmpdir(), 'tsbuild-warm-'))
const context = join(scratch, 'context')
mkdirSync(context)
writeFileSync(join(context, 'file'), 'content')
writeFileSync(
  join(context, 'Dockerfile'),
  'FROM scratch AS base\nARG A=b\nENV C=$A\nCOPY file /file\nFROM base\nLABEL d="e f"\nCOPY --from=base /file /g\nCMD ["/g"]\n',
)

/** The script that cli/start-program.ts makes, caught on its way. */
let kept
const vm = require('node:vm')
vm.Script = class extends vm.Script {
  constructor(...parameters) {
    super(...parameters)
    kept = this
  }
}

process.on('exit', () => {
  rmSync(scratch, { recursive: true, force: true })
  const fresh = join(dist, `.program.cache.${process.pid}`)
  writeFileSync(fresh, kept.createCachedData())
  renameSync(fresh, join(dist, 'program.cache'))
  process.exitCode = 0 // the image can't be built before the binary is: what was compiled until then is worth keeping
})

rmSync(join(dist, 'program.cache'), { force: true })
const words = ['build', '--root', join(scratch, 'root'), '--progress', 'plain', '-t', 'warm', context]
// What is kept is what a repeated build runs: a file that is new has to be parsed, and the parser compiled, anyway.
spawnSync(process.execPath, [join(dist, 'start.cjs'), ...words], { stdio: 'ignore' })
process.argv = [process.execPath, 'tsbuild', ...words]
require(join(dist, 'start.cjs'))
