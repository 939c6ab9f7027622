import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, Script } from 'node:vm'
import { hasDebugFlag } from './has-debug-flag.ts'
import { refuseMissingProc } from './refuse-missing-proc.ts'
import { refuseOldNode } from './refuse-old-node.ts'

/**
 * Entry point of the program (start.cjs). Each part, main.ts first, is loaded with the V8 code cache created at build
 * time. V8 rejects a cache of another version of node; then the file is compiled as usual.
 */
const PACKAGE = `@tsbuild/sandbox-linux-${process.arch}`
const started = new Map<string, unknown>()
/**
 * Commands run different code: those listed use the cache of a similar command, the others that of a repeated build.
 */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  push: ['push'],
  run: ['run', 'exec', 'create', 'start', 'stop', 'kill', 'rm', 'ps', 'logs', 'attach', 'wait'],
  list: ['image', 'images', 'inspect', 'history', 'tag', 'rmi', 'container', 'volume', 'system', 'info', 'events'],
}
/** Commands that flush a file or two. Starting and ending twelve more threads takes a millisecond. */
const FLUSHING_LITTLE: readonly string[] = ['push', 'tag', 'rmi', 'stop', 'kill', 'rm']
/** Modules of node that take a millisecond to load and are imported by much, but not used by a repeated build. */
const LATE: readonly string[] = ['node:child_process', 'node:module', 'node:net']
/** Flags of builds that use a registry throughout. */
const PUBLISHING = /^--(?:push|cache-(?:from|to))(?:=|$)/

refuseOldNode()
refuseMissingProc()

// Read when the first thread is started, which starts all. Concurrent flushes share a commit of the filesystem's
// journal; with node's four threads, the layers of an image would wait for one commit after the other.
if (!FLUSHING_LITTLE.includes(process.argv[2] ?? '')) process.env['UV_THREADPOOL_SIZE'] ??= '16'

if (hasDebugFlag(process.argv, process.env)) startMapped()
else requirePart('./main.cjs')

/** Stack traces show source lines: node reads the source map if it compiles the file itself. */
function startMapped(): void {
  process.setSourceMapsEnabled(true)
  require('./main.cjs')
}

function startCached(part: string, cachedData: Buffer | undefined): unknown {
  const path = join(__dirname, `${part}.cjs`)
  const script = new Script(readFileSync(path, 'latin1'), {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData !== undefined && { cachedData }),
  })
  const module = { exports: {} }
  script.runInThisContext()(module.exports, requirePart, module, path, __dirname)
  return module.exports
}

function requirePart(id: string): unknown {
  const part = /^\.\/(\w+)\.cjs$/.exec(id)?.[1]
  if (part === undefined) return LATE.includes(id) ? requireLate(id) : require(id)
  if (!started.has(part)) {
    started.set(part, startCached(part, part === 'program' ? keptProgram() : readIfPresent(`${part}.cache`)))
    if (part === 'undici') spareCompiler()
  }
  return started.get(part)
}

/** Loads a module when one of its members is first used. */
function requireLate(id: string): unknown {
  return new Proxy(
    {},
    {
      get: (_, name) => Reflect.get(require(id), name),
      ownKeys: () => Reflect.ownKeys(require(id)),
      getOwnPropertyDescriptor: (_, name) => ({
        ...Reflect.getOwnPropertyDescriptor(require(id), name),
        configurable: true,
      }),
    },
  )
}

/**
 * V8 would compile undici's HTTP parser a second time with optimization: 60 ms of CPU and 30 MB in a process that
 * parses a few kilobytes of headers. Node's pattern for IPv6 addresses, which is matched against each host name, takes
 * 5 ms as bytecode and half a millisecond as machine code. Not in the API's bundle, whose callers may use WebAssembly
 * themselves.
 */
function spareCompiler(): void {
  const { setFlagsFromString }: typeof import('node:v8') = require('node:v8')
  const { isIPv6 }: typeof import('node:net') = require('node:net')
  setFlagsFromString('--wasm-tiering-budget=2000000000')
  setFlagsFromString('--no-regexp-tier-up --no-regexp-optimization')
  isIPv6('')
  setFlagsFromString('--regexp-tier-up --regexp-optimization')
}

function keptProgram(): Buffer | undefined {
  const [command = '', ...rest] = process.argv.slice(2)
  const isPublishing = [command, ...rest].some((word) => PUBLISHING.test(word))
  const name = Object.keys(KEPT).find((one) => KEPT[one]?.includes(command)) ?? (isPublishing ? 'publish' : undefined)
  return (name && readIfPresent(`program.${name}.cache`)) || readIfPresent('program.cache')
}

/** In a checkout it is next to the program; npm installs it with the binary, since both depend on the architecture. */
function readIfPresent(name: string): Buffer | undefined {
  for (const directory of ['', `../node_modules/${PACKAGE}`, `../../${PACKAGE}`]) {
    try {
      return readFileSync(join(__dirname, directory, name))
    } catch {
      // the next location is tried, or the file is compiled as usual
    }
  }
  return undefined
}
