// Runs commands in a private store and saves the code that V8 compiled, one file per part of the bundle and use:
// dist/program.cache for a repeated build, dist/program.publish.cache for a pushed build with a remote cache,
// dist/program.run.cache for `run`, dist/program.list.cache for `image ls`, dist/program.push.cache and
// dist/undici.cache for a push, dist/parser.cache for a new file, dist/main.cache for every command.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { startWarmRegistry } from './warm-registry.mjs'

const self = fileURLToPath(import.meta.url)
const dist = join(dirname(dirname(self)), 'dist')
const [wanted, ...words] = process.argv.slice(2)
if (wanted === undefined) await keepAll()
else keepOne(wanted, words)

async function keepAll() {
  const scratch = mkdtempSync(join(tmpdir(), 'tsbuild-warm-'))
  const context = join(scratch, 'context')
  const root = ['--root', join(scratch, 'root')]
  mkdirSync(context)
  // The binary is a static program that needs nothing else in its image.
  const binary = join(dist, 'tsbuild-sandbox')
  if (existsSync(binary)) copyFileSync(binary, join(context, 'file'))
  else writeFileSync(join(context, 'file'), 'content')
  writeFileSync(
    join(context, 'Dockerfile'),
    'FROM scratch AS base\nARG A=b\nENV C=$A\nCOPY file /file\nFROM base\nLABEL d="e f"\nCOPY --from=base /file /g\nCMD ["/g"]\n',
  )
  for (const name of readdirSync(dist).filter((name) => name.endsWith('.cache'))) rmSync(join(dist, name))
  const registry = await startWarmRegistry()
  try {
    const image = `${registry.host}/warm`
    const build = ['build', ...root, '--progress', 'plain', '-t', 'warm', '-t', image, context]
    await keep('parser.cache', build)
    await keep('program.cache', build)
    await keep('main.cache', build)
    await keep('program.list.cache', ['image', 'ls', ...root])
    // If commands cannot run on this machine, the code compiled so far is still worth keeping.
    await keep('undici.cache', ['push', ...root, image])
    await keep('program.push.cache', ['push', ...root, image])
    const cache = `type=registry,ref=${registry.host}/warm-cache`
    const pushed = ['-q', '--push', '-t', image]
    const publish = (folder, flag) => ['build', '--root', join(scratch, folder), ...pushed, flag, cache, context]
    await keep('program.publish.cache', publish('first', '--cache-to'))
    await keep('program.publish.cache', publish('second', '--cache-from'))
    await keep('program.run.cache', ['run', ...root, '--rm', '--network', 'none', 'warm'])
  } finally {
    registry.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function keep(name, words) {
  const run = spawn(process.execPath, [self, name, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  const errors = text(run.stderr)
  const [status] = await once(run, 'close')
  if (status === 0) return
  console.error(await errors)
  process.exit(status ?? 1)
}

/** Intercepts the scripts that cli/start-program.ts creates. */
function keepOne(wanted, words) {
  const require = createRequire(import.meta.url)
  const vm = require('node:vm')
  const scripts = new Map()
  const isContinued = existsSync(join(dist, wanted)) // of two runs; the code of other commands would only take time to load
  vm.Script = class extends vm.Script {
    constructor(source, { cachedData, ...options }) {
      super(source, { ...options, ...(isContinued && { cachedData }) })
      scripts.set(basename(options.filename, '.cjs'), this)
    }
  }
  // V8 refuses code that was compiled with other flags than those at start.
  require('node:v8').setFlagsFromString = () => {}
  process.on('exit', () => {
    process.exitCode = 0 // the image cannot be built before the binary: the code compiled so far is still worth keeping
    const script = scripts.get(wanted.split('.')[0])
    if (script === undefined) return
    const fresh = join(dist, `.${wanted}.${process.pid}`)
    writeFileSync(fresh, script.createCachedData())
    renameSync(fresh, join(dist, wanted))
  })
  process.argv = [process.execPath, 'tsbuild', ...words]
  require(join(dist, 'start.cjs'))
}
