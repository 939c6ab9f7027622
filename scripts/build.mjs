// Compiles everything: the native binary (cargo), the bundles (esbuild), the page of the build server (Vite). `--fast`
// is the bundles only; `--page` the page only.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { compileBinary } from './compile-binary.mjs'
import { joinTypes } from './join-types.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const isFast = process.argv.includes('--fast')
const isPageOnly = process.argv.includes('--page')

function buildBinary() {
  const compiled = compileBinary(process.arch)
  if (compiled.refused !== undefined) {
    console.error(`Cannot compile the sandbox binary: ${compiled.refused}`)
    process.exit(1)
  }
  const fresh = join(dist, `.tsbuild-sandbox.${process.pid}`)
  copyFileSync(compiled.path, fresh)
  chmodSync(fresh, 0o755)
  renameSync(fresh, join(dist, 'tsbuild-sandbox')) // a running binary cannot be overwritten, only replaced
}

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  sourcemap: 'linked',
  define: { TSBUILD_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
}

const commonJs = {
  ...shared,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  outdir: 'dist',
  charset: 'ascii', // start-program.ts reads it byte by byte
  minify: true, // short names save 5 ms at every start; --debug maps locations to the sources
  supported: { 'dynamic-import': false },
  define: { ...shared.define, 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
}

/**
 * Compiled as a function, which start-program.ts calls. A string that it has to put together would be copied, a
 * megabyte each time. `require` runs it at once.
 */
const PARAMETERS = 'exports, require, module, __filename, __dirname'
const part = {
  ...commonJs,
  banner: { js: `(part => typeof module == 'object' ? part(${PARAMETERS}) : part)((function (${PARAMETERS}) {` },
  footer: { js: '}))' },
}

/** Commands that only print, such as flags and help, load this first part only. */
const separateProgram = {
  name: 'program-apart',
  setup: (bundle) =>
    bundle.onResolve({ filter: /^\.\/program\.ts$/ }, () => ({ path: './program.cjs', external: true })),
}

/** The parser imports no other room: a third of the program, needed only for a new Dockerfile. */
const separateParser = {
  name: 'parser-apart',
  setup: (bundle) =>
    bundle.onResolve({ filter: /\/parser\/index\.ts$/ }, () => ({ path: './parser.cjs', external: true })),
}

/** Rooms used by few commands only are separate files, loaded on demand. */
const separateRooms = {
  name: 'rooms-apart',
  setup: (bundle) =>
    bundle.onResolve({ filter: /\/(server|sbom|signing)\/index\.ts$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${path.split('/').at(-2)}.cjs`, external: true },
    ),
}

/** undici uses HTTP/2 only on request, and has its own HTTP/1.1. */
const withoutHttp = {
  name: 'without-http',
  setup: (bundle) => {
    bundle.onResolve({ filter: /\/client-h2\.js$/ }, () => ({ path: join(root, 'scripts', 'no-http2.cjs') }))
    bundle.onResolve({ filter: /^node:http$/ }, () => ({ path: join(root, 'scripts', 'no-http.cjs') }))
  },
}

const whole = {
  alias: { undici: './undici.cjs' },
  external: ['./undici.cjs'],
  plugins: [separateParser, separateRooms],
}

/**
 * Everything is CommonJS, which node starts 8 ms faster than modules. Few files, since npm takes milliseconds to unpack
 * each.
 */
async function buildBundles() {
  rmSync(join(dist, 'chunks'), { recursive: true, force: true })
  writeFileSync(join(dist, 'api.js'), "export * from './api.cjs'\n")
  await Promise.all([
    // Old versions of node read it far enough to report that they are too old.
    build({ ...commonJs, target: 'node8', entryPoints: { start: 'cli/start-program.ts' }, external: ['./main.cjs'] }),
    build({ ...part, entryPoints: { main: 'cli/main.ts' }, plugins: [separateProgram] }),
    // A third of the program, needed by a few commands only, which load it on demand.
    build({ ...part, entryPoints: { undici: 'scripts/undici-in-use.cjs' }, plugins: [withoutHttp] }),
    build({ ...part, entryPoints: { parser: 'parser/index.ts' } }),
    build({ ...part, entryPoints: { sbom: 'sbom/index.ts', signing: 'signing/index.ts' } }),
    build({
      ...part,
      entryPoints: { server: 'server/index.ts' },
      alias: { undici: './undici.cjs' },
      external: ['pg-native', 'pino-pretty', './undici.cjs'],
      plugins: [separateRooms],
    }),
    build({ ...part, ...whole, entryPoints: { program: 'cli/program.ts' } }),
    build({ ...commonJs, ...whole, entryPoints: { api: 'engine/index.ts' } }),
  ])
  keepCompiledCode()
}

/** Declarations of the package's entry point, for programs that import it. */
function buildTypes() {
  const directory = mkdtempSync(join(tmpdir(), 'tsbuild-types-'))
  try {
    emitTypes(directory)
    rmSync(join(dist, 'types'), { recursive: true, force: true })
    joinTypes({ directory, entry: 'engine/index.d.ts', name: 'tsbuild', output: join(dist, 'api.d.ts') })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function emitTypes(directory) {
  const tsc = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.types.json', '--outDir', directory],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  if (tsc.status !== 0) throw new Error('Cannot write the declarations of the API: tsc failed')
}

/** Runs the program once and keeps what V8 compiled (dist/program.cache). */
function keepCompiledCode() {
  const run = spawnSync(process.execPath, [join(root, 'scripts', 'keep-compiled-code.mjs')], { encoding: 'utf8' })
  if (run.status === 0) return
  console.error(run.stderr)
  process.exit(run.status ?? 1)
}

/** Builds the page of the build server into dist/web. */
async function buildPage() {
  const vite = await import('vite')
  await vite.build({ configFile: join(root, 'server/web/vite.config.ts') })
}

mkdirSync(dist, { recursive: true })
if (!isFast && !isPageOnly) buildBinary()
if (!isPageOnly) await buildBundles()
if (!isFast && !isPageOnly) buildTypes()
if (!isFast) await buildPage()
