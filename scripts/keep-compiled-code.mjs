// Runs commands in their own store and keeps what V8 compiled meanwhile, a file for each part of the bundle:
// dist/program.cache is of a repeated build, dist/program.run.cache of `run`, dist/parser.cache of a new file.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const self = fileURLToPath(import.meta.url)
const dist = join(dirname(dirname(self)), 'dist')
const [wanted, ...words] = process.argv.slice(2)
if (wanted === undefined) keepAll()
else keepOne(wanted, words)

function keepAll() {
  const scratch = mkdtempSync(join(tmpdir(), 'tsbuild-warm-'))
  const context = join(scratch, 'context')
  const root = ['--root', join(scratch, 'root')]
  mkdirSync(context)
  // The binary is a program that needs nothing else in its image.
  const binary = join(dist, 'tsbuild-sandbox')
  if (existsSync(binary)) copyFileSync(binary, join(context, 'file'))
  else writeFileSync(join(context, 'file'), 'content')
  writeFileSync(
    join(context, 'Dockerfile'),
    'FROM scratch AS base\nARG A=b\nENV C=$A\nCOPY file /file\nFROM base\nLABEL d="e f"\nCOPY --from=base /file /g\nCMD ["/g"]\n',
  )
  for (const part of ['program', 'parser', 'undici']) rmSync(join(dist, `${part}.cache`), { force: true })
  try {
    const build = ['build', ...root, '--progress', 'plain', '-t', 'warm', context]
    keep('parser.cache', build)
    keep('program.cache', build)
    // Nothing answers there, and it may be that nothing can run here: what is compiled until then is worth keeping.
    keep('undici.cache', ['pull', ...root, '127.0.0.1:1/warm'])
    keep('program.run.cache', ['run', ...root, '--rm', '--network', 'none', 'warm'])
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function keep(name, words) {
  const run = spawnSync(process.execPath, [self, name, ...words], { encoding: 'utf8' })
  if (run.status === 0) return
  console.error(run.stderr)
  process.exit(run.status ?? 1)
}

/** The scripts that cli/start-program.ts makes are caught on their way. */
function keepOne(wanted, words) {
  const require = createRequire(import.meta.url)
  const vm = require('node:vm')
  const scripts = new Map()
  vm.Script = class extends vm.Script {
    constructor(source, options) {
      super(source, options)
      scripts.set(basename(options.filename, '.cjs'), this)
    }
  }
  process.on('exit', () => {
    const fresh = join(dist, `.${wanted}.${process.pid}`)
    writeFileSync(fresh, scripts.get(wanted.split('.')[0]).createCachedData())
    renameSync(fresh, join(dist, wanted))
    process.exitCode = 0 // the image can't be built before the binary is: what was compiled until then is worth keeping
  })
  process.argv = [process.execPath, 'tsbuild', ...words]
  require(join(dist, 'start.cjs'))
}
